//! `seal LINKED WORLD OUT DEFINITIONS WASI…`: checks that the linker's module keeps wit-component's
//! rules for adapters, drops what must not be in it, and adds the types of its imports.
//!
//! Dropped: the exports that are no function, and the name of the stack pointer, because
//! wit-component would give a stack to a global of that name, and ours has its place below the
//! guest already.

mod heap;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ExportSection, Module, NameMap, NameSection};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};
use wit_component::StringEncoding;
use wit_parser::{Resolve, UnresolvedPackageGroup};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, linked, world, out, definitions, wasi @ ..] = &args[..] else {
        bail!("usage: seal LINKED WORLD OUT DEFINITIONS WASI…")
    };
    let linked = std::fs::read(linked).with_context(|| format!("reading {linked}"))?;
    check(&linked)?;
    let linked = match heap::Heap::of(&linked)? {
        Some(heap) => heap.rewrite(&linked)?,
        None => linked,
    };
    let mut module = Module::new();
    Seal.parse_core_module(&mut module, Parser::new(0), &linked)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut sealed = module.finish();
    let mut resolve = Resolve::default();
    let parse = |path: &String| {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
        UnresolvedPackageGroup::parse(path, &text)
            .map_err(|(_, error)| anyhow::anyhow!("{path}: {error}"))
    };
    let package =
        resolve.push_groups(parse(definitions)?, wasi.iter().map(parse).collect::<Result<_>>()?);
    let package = package.map_err(|error| anyhow::anyhow!("{error}"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    wit_component::embed_component_metadata(&mut sealed, &resolve, world, StringEncoding::UTF8)?;
    std::fs::write(out, sealed).with_context(|| format!("writing {out}"))
}

/// An adapter has no memory, table, data, elements or start of its own.
fn check(wasm: &[u8]) -> Result<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::DataSection(_) => {
                bail!("there is a data section: a constant array, a string or a static")
            }
            Payload::ElementSection(_) => {
                bail!("there is an element section: a function's address is taken")
            }
            Payload::MemorySection(_) => bail!("there is a memory of its own"),
            Payload::StartSection { .. } => bail!("there is a start function"),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let ours = matches!(import.module, "__main_module__" | heap::MODULE);
                    let known = import.module.starts_with("wasi:")
                        || import.module.starts_with("forebay:")
                        || ours;
                    let memory = matches!(import.ty, TypeRef::Memory(_));
                    ensure!(known || memory, "import of `{}` `{}`", import.module, import.name);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Seal;

impl Reencode for Seal {
    type Error = std::convert::Infallible;

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        for export in section {
            let export = export?;
            if export.kind == ExternalKind::Func {
                utils::parse_export(self, exports, export)?;
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        if let KnownCustom::Name(names) = section.as_known() {
            module.section(&self.custom_name_section(names)?);
        }
        // Nothing else is kept: the producers' versions would make the bytes depend on the machine.
        Ok(())
    }

    fn parse_custom_name_subsection(
        &mut self,
        names: &mut NameSection,
        section: Name<'_>,
    ) -> Result<(), Error<Self::Error>> {
        match section {
            Name::Function(map) => {
                let mut functions = NameMap::new();
                for naming in map {
                    let naming = naming?;
                    functions.append(naming.index, &plain(naming.name));
                }
                names.functions(&functions);
            }
            // Globals: the stack pointer.
            _ => {}
        }
        Ok(())
    }
}

/// A Rust symbol without the crates' hashes (`Cs…_`), which depend on where the sources lie.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("Cs") {
        let hash = rest[at + 2..].chars().take_while(char::is_ascii_alphanumeric).count();
        let end = at + 2 + hash;
        match rest[end..].strip_prefix('_') {
            Some(after) if hash >= 8 => {
                plain.push_str(&rest[..at + 1]);
                rest = after;
            }
            _ => {
                plain.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
        }
    }
    plain + rest
}
