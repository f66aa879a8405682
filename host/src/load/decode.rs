//! Reads a component's types as WIT.
//!
//! The decoder takes each type of an instance for one interface's, and breaks off where several
//! imports have the same. Compositions do: what a guest has for itself is imported once more, under
//! a name of its own. So each import gets a type of its own before.

use std::collections::BTreeSet;
use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{
    Component, ComponentImportSection, ComponentSectionId, ComponentTypeRef, ComponentTypeSection,
    RawSection,
};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentImportSectionReader, ComponentOuterAliasKind,
    ComponentType, Parser, Payload,
};
use wit_parser::decoding::DecodedWasm;

type Failure = reencode::Error<Infallible>;

/// The types of a component, or of a WIT package.
///
/// # Errors
/// When they can't be read.
pub fn decode(bytes: &[u8]) -> anyhow::Result<DecodedWasm> {
    if !shares(bytes) {
        return wit_parser::decoding::decode(bytes);
    }
    // Writing it again trusts the lengths of sections.
    Parser::new(0).parse_all(bytes).try_for_each(|payload| payload.map(drop))?;
    let (mut apart, mut out) = (Apart::new(bytes)?, Component::new());
    apart.parse_component(&mut out, Parser::new(0), bytes)?;
    wit_parser::decoding::decode(&out.finish())
}

/// Whether two imports of the outermost component have the same type.
fn shares(bytes: &[u8]) -> bool {
    let mut used = BTreeSet::new();
    outermost(bytes).any(|payload| {
        let Payload::ComponentImportSection(section) = payload else { return false };
        section.into_iter().map_while(|import| import.ok()).any(|import| {
            matches!(import.ty, wasmparser::ComponentTypeRef::Instance(ty) if !used.insert(ty))
        })
    })
}

/// The sections of the outermost component.
fn outermost(bytes: &[u8]) -> impl Iterator<Item = Payload<'_>> {
    let mut depth = 0;
    Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()).filter(move |payload| {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => return depth == 0,
        }
        false
    })
}

/// The types that a section makes, one for each; those that are defined by themselves.
fn types<'a>(payload: &Payload<'a>) -> wasmparser::Result<Vec<Option<ComponentType<'a>>>> {
    let mut found = Vec::new();
    match payload {
        Payload::ComponentTypeSection(section) => {
            for ty in section.clone() {
                found.push(Some(ty?));
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section.clone() {
                if let ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Type, ..
                }
                | ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } = alias?
                {
                    found.push(None);
                }
            }
        }
        Payload::ComponentImportSection(section) => {
            for import in section.clone() {
                if let wasmparser::ComponentTypeRef::Type(_) = import?.ty {
                    found.push(None);
                }
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section.clone() {
                if export?.kind == ComponentExternalKind::Type {
                    found.push(None);
                }
            }
        }
        _ => {}
    }
    Ok(found)
}

/// Writes a component again, in which no two imports have the same type.
#[derive(Default)]
struct Apart<'a> {
    /// How many components or types around what is written.
    depth: u32,
    /// The outermost component's types, as it counts them.
    types: Vec<Option<ComponentType<'a>>>,
    /// How many of them have been written.
    written: usize,
    /// Those that an import has.
    used: BTreeSet<u32>,
    /// How many of them had been written when each one was added.
    added: Vec<usize>,
}

impl<'a> Apart<'a> {
    fn new(bytes: &'a [u8]) -> wasmparser::Result<Apart<'a>> {
        let mut apart = Apart::default();
        for payload in outermost(bytes) {
            apart.types.extend(types(&payload)?);
        }
        Ok(apart)
    }

    /// Where a type of the outermost component is now.
    fn moved(&self, ty: u32) -> u32 {
        ty + self.added.iter().filter(|before| **before <= ty as usize).count() as u32
    }

    fn imports(
        &mut self,
        out: &mut Component,
        section: ComponentImportSectionReader<'_>,
    ) -> Result<(), Failure> {
        for import in section {
            let import = import?;
            let mut ty = self.component_type_ref(import.ty)?;
            if let wasmparser::ComponentTypeRef::Instance(index) = import.ty
                && !self.used.insert(index)
                && let Some(Some(defined)) = self.types.get(index as usize).cloned()
            {
                let mut types = ComponentTypeSection::new();
                self.parse_component_type(types.ty(), defined)?;
                out.section(&types);
                ty = ComponentTypeRef::Instance((self.written + self.added.len()) as u32);
                self.added.push(self.written);
            }
            if let wasmparser::ComponentTypeRef::Type(_) = import.ty {
                self.written += 1;
            }
            let mut imports = ComponentImportSection::new();
            imports.import(import.name, ty);
            out.section(&imports);
        }
        Ok(())
    }
}

impl Reencode for Apart<'_> {
    type Error = Infallible;
}

impl ReencodeComponent for Apart<'_> {
    fn parse_component_payload(
        &mut self,
        out: &mut Component,
        payload: Payload<'_>,
        whole: &[u8],
    ) -> Result<(), Failure> {
        if self.depth > 0 {
            return reencode::component_utils::parse_component_payload(self, out, payload, whole);
        }
        if let Payload::ComponentImportSection(section) = payload {
            return self.imports(out, section);
        }
        let made = types(&payload)?.len();
        reencode::component_utils::parse_component_payload(self, out, payload, whole)?;
        self.written += made;
        Ok(())
    }

    fn component_type_index(&mut self, ty: u32) -> u32 {
        if self.depth == 0 { self.moved(ty) } else { ty }
    }

    fn outer_component_type_index(&mut self, count: u32, ty: u32) -> u32 {
        if count == self.depth { self.moved(ty) } else { ty }
    }

    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn parse_component_submodule(
        &mut self,
        out: &mut Component,
        _: Parser,
        module: &[u8],
    ) -> Result<(), Failure> {
        out.section(&RawSection { id: ComponentSectionId::CoreModule.into(), data: module });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_the_same_type_are_read() {
        let component = wat::parse_str(
            r#"(component
                (import "a:b/c" (instance $c (export "r" (type (sub resource)))))
                (alias export $c "r" (type $r))
                (type $t (instance (alias outer 1 $r (type $r)) (export "r" (type $own (eq $r)))
                  (type $p (record (field "x" u32))) (export "p" (type (eq $p)))
                  (type $o (own $own)) (export "f" (func (result $o)))))
                (import "a:b/d" (instance (type $t)))
                (import "mine" (implements "a:b/d") (instance (type $t)))
                (import "yours" (instance $y (type $t)))
                (alias export $y "f" (func $f))
                (type $after (list u8))
                (import "last" (func (param "x" $after)))
                (core module) (component (type (list u8)) (export "t" (type 0)))
                (export "f" (func $f)))"#,
        )
        .unwrap();
        let DecodedWasm::Component(resolve, world) = decode(&component).unwrap() else {
            panic!("a component");
        };
        let names = |items: &indexmap::IndexMap<wit_parser::WorldKey, wit_parser::WorldItem>| {
            items.keys().map(|key| resolve.name_world_key(key)).collect::<Vec<_>>()
        };
        let world = &resolve.worlds[world];
        assert_eq!(names(&world.imports), ["a:b/c", "a:b/d", "mine", "yours", "last"]);
        assert_eq!(names(&world.exports), ["f"]);
    }

    #[test]
    fn what_ends_too_early_is_an_error() {
        let component = wat::parse_str(
            r#"(component (type $t (instance)) (import "a" (instance (type $t)))
                (import "b" (instance (type $t))) (core module (func)))"#,
        )
        .unwrap();
        // What ends between two sections may be a component.
        let is_whole =
            |end: &usize| wasmparser::Validator::new().validate_all(&component[..*end]).is_ok();
        let cut: Vec<usize> = (0..component.len()).filter(|end| !is_whole(end)).collect();
        assert!(cut.len() > component.len() / 2);
        for end in cut {
            assert!(decode(&component[..end]).is_err(), "{end}");
        }
    }
}
