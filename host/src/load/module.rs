//! What a core module imports, exports and is: the facts by which it is wrapped, refused or
//! reported.

use std::collections::BTreeSet;

use wasmparser::{ExternalKind, KnownCustom, MemoryType, Parser, Payload, TypeRef};

use crate::error::{Class, Error, Result};
use crate::load::{binary, legacy};

/// A core module, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Imports as module and field, in order.
    pub imports: Vec<(String, String)>,
    /// Names of exports and what they are, in order.
    pub exports: Vec<(String, &'static str)>,
    /// Memories: own ones, then imported ones.
    pub memories: Vec<Memory>,
    /// How the program starts.
    pub entry: Entry,
    /// The legacy systems whose functions it imports.
    pub dialects: BTreeSet<Dialect>,
    /// Imports, as module and field, that Dagger or CommonWA has: those of `env` are so by their
    /// types too.
    pub resources: BTreeSet<(String, String)>,
    /// Whether it has a start function, which runs when it is instantiated.
    pub has_start: bool,
    /// Whether a WIT world is embedded, so that it has typed imports or exports.
    pub has_world: bool,
}

/// A linear memory's limits, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Pages it starts with.
    pub minimum: u64,
    /// Pages it may grow to, if it says.
    pub maximum: Option<u64>,
}

/// How a legacy program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `_start`, or what stands for it in the legacy system that it was made for, runs it from
    /// beginning to end.
    Command,
    /// `_initialize`, if it's there, makes it ready for calls.
    Reactor,
}

/// A legacy system that modules import from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// `wasi_snapshot_preview1`.
    Preview1,
    /// `wasi_unstable`, which came before it.
    Preview0,
    /// Socket functions beside preview 1, which its standard doesn't have.
    Sockets,
    /// Dagger, whose version doesn't show and doesn't matter.
    Dagger,
    /// Dagger's first version.
    Dagger1,
    /// Dagger's second version.
    Dagger2,
    /// CommonWA, of Olin and others.
    CommonWa,
}

impl Dialect {
    /// The name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Preview1 => "preview 1",
            Dialect::Preview0 => "preview 0 (wasi_unstable)",
            Dialect::Sockets => "socket extension of preview 1",
            Dialect::Dagger => "Dagger",
            Dialect::Dagger1 => "Dagger v1",
            Dialect::Dagger2 => "Dagger v2",
            Dialect::CommonWa => "CommonWA",
        }
    }
}

/// The import module of preview 0.
pub(super) const PREVIEW0: &str = "wasi_unstable";

/// The import module of preview 1.
pub(super) const PREVIEW1: &str = "wasi_snapshot_preview1";

/// The socket functions that are part of preview 1; every other `sock_*` belongs to an extension of
/// it.
const STANDARD_SOCKETS: [&str; 4] = ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"];

/// Reads the facts of a module.
///
/// # Errors
/// `Class::Program` when it's malformed, or of a kind that can't become a component: 64-bit or
/// shared memory, an object file, a dynamic library.
pub(super) fn facts(name: &str, bytes: &[u8]) -> Result<Facts> {
    let mut facts = Facts {
        imports: Vec::new(),
        exports: Vec::new(),
        memories: Vec::new(),
        entry: Entry::Reactor,
        dialects: BTreeSet::new(),
        resources: BTreeSet::new(),
        has_start: false,
        has_world: false,
    };
    let mut imported = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| binary::malformed(name, &error))?;
        read_section(name, payload, &mut facts, &mut imported)?;
    }
    facts.memories.append(&mut imported);
    for (module, field) in &facts.imports {
        if module == PREVIEW1 {
            facts.dialects.insert(Dialect::Preview1);
            if field.starts_with("sock_") && !STANDARD_SOCKETS.contains(&field.as_str()) {
                facts.dialects.insert(Dialect::Sockets);
            }
        } else if module == PREVIEW0 {
            facts.dialects.insert(Dialect::Preview0);
        }
    }
    let spoken = legacy::Spoken::of(bytes, &facts.imports);
    facts.resources = spoken.imports;
    facts.dialects.extend(spoken.dialects);
    if spoken.is_program {
        facts.entry = Entry::Command;
    }
    Ok(facts)
}

fn read_section(
    name: &str,
    payload: Payload<'_>,
    facts: &mut Facts,
    imported: &mut Vec<Memory>,
) -> Result<()> {
    let bad = |error| binary::malformed(name, &error);
    match payload {
        Payload::ImportSection(section) => {
            for import in section.into_imports() {
                let import = import.map_err(bad)?;
                if let TypeRef::Memory(ty) = import.ty {
                    imported.push(memory(name, ty)?);
                }
                facts.imports.push((import.module.to_owned(), import.name.to_owned()));
            }
        }
        Payload::MemorySection(section) => {
            for ty in section {
                facts.memories.push(memory(name, ty.map_err(bad)?)?);
            }
        }
        Payload::ExportSection(section) => {
            for export in section {
                let export = export.map_err(bad)?;
                if export.name == "_start" && export.kind == ExternalKind::Func {
                    facts.entry = Entry::Command;
                }
                facts.exports.push((export.name.to_owned(), kind(export.kind)));
            }
        }
        Payload::StartSection { .. } => facts.has_start = true,
        Payload::CustomSection(section) => {
            facts.has_world |= section.name().starts_with("component-type");
            match section.as_known() {
                KnownCustom::Dylink0(_) => return Err(unlinked(name, "a dynamic library")),
                KnownCustom::Reloc(_) => return Err(unlinked(name, "an object file")),
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

fn memory(name: &str, ty: MemoryType) -> Result<Memory> {
    let refuse = |what: &str, hint: &str| {
        Err(Error::new(
            Class::Program,
            format!("`{name}` has a {what} memory, which a component can't have"),
        )
        .hint(hint))
    };
    if ty.shared {
        return refuse(
            "shared",
            "build it without threads, e.g. for `wasm32-wasip1` instead of `wasm32-wasip1-threads`",
        );
    }
    if ty.memory64 {
        return refuse("64-bit", "build it for a 32-bit target, e.g. `wasm32-wasip1`");
    }
    Ok(Memory { minimum: ty.initial, maximum: ty.maximum })
}

fn unlinked(name: &str, what: &str) -> Error {
    Error::new(Class::Program, format!("`{name}` is {what}, not a whole program"))
        .hint("link it with `wasm-ld` or its compiler's driver, and run the result")
}

fn kind(kind: ExternalKind) -> &'static str {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => "function",
        ExternalKind::Table => "table",
        ExternalKind::Memory => "memory",
        ExternalKind::Global => "global",
        ExternalKind::Tag => "tag",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wat: &str) -> Result<Facts> {
        facts("x", &wat::parse_str(wat).unwrap())
    }

    #[test]
    fn a_command_and_its_dialects_are_seen() {
        let facts = check(
            r#"(module (import "wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32)))
                (memory (export "memory") 2 9) (func (export "_start")))"#,
        )
        .unwrap();
        assert_eq!(facts.entry, Entry::Command);
        assert_eq!(facts.memories, [Memory { minimum: 2, maximum: Some(9) }]);
        assert!(
            facts.dialects.contains(&Dialect::Preview1)
                && facts.dialects.contains(&Dialect::Sockets)
        );
    }

    #[test]
    fn what_no_component_can_hold_is_refused() {
        for (wat, part) in
            [("(module (memory i64 1))", "64-bit"), ("(module (memory 1 1 shared))", "shared")]
        {
            assert!(check(wat).unwrap_err().what().contains(part));
        }
    }
}
