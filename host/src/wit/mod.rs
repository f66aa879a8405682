//! WIT as text: a program's own ([`text`]), the packages that programs are written against
//! ([`packages`]), and whether a program fits a world ([`World::faults`]). Nothing is compiled or
//! written.

pub mod packages;
mod world;

pub use world::World;

use wit_component::{OutputToString, WitPrinter};
use wit_parser::decoding::DecodedWasm;
use wit_parser::{PackageId, Resolve, TypeDefKind, WorldId};

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::load::{Form, Program, decode};
use crate::typed::Docs;

/// The WIT of a program: its world, and the packages that this is made of. What `docs` says of
/// functions, fields and cases stands above them.
///
/// # Errors
/// `Class::Program` when it's precompiled, or can't be read or wrapped.
pub fn text(program: &Program, docs: &Docs) -> Result<String> {
    let (mut resolve, main) = types(program)?;
    document(&mut resolve, docs);

    let nested: Vec<PackageId> =
        resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.print(&resolve, main, &nested).map_err(|error| unreadable(&program.name, &error))?;
    let mut text = printer.output.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// The packages of a program, and which of them is its own.
fn types(program: &Program) -> Result<(Resolve, PackageId)> {
    let bad = |error: anyhow::Error| unreadable(&program.name, &error);
    // A WIT package in its binary form is no program, but it's what this is about.
    if program.form == Form::Component
        && let Ok(DecodedWasm::WitPackage(resolve, package)) = decode(&program.bytes)
    {
        return Ok((resolve, package));
    }

    match decode(&component(program)?).map_err(bad)? {
        DecodedWasm::WitPackage(resolve, package) => Ok((resolve, package)),
        DecodedWasm::Component(resolve, world) => {
            let package = package_of(&resolve, world);
            Ok((resolve, package))
        }
    }
}

/// The program as a component; machine code has no types any more.
fn component(program: &Program) -> Result<Vec<u8>> {
    if program.form == Form::Precompiled {
        let what = format!("`{}` is precompiled: its types are gone", program.name);
        return Err(
            Error::new(Class::Program, what).hint("give the .wasm file that it was made from")
        );
    }

    Ok(program.component(Adapter::default(), &Legacy::default())?.component)
}

fn package_of(resolve: &Resolve, world: WorldId) -> PackageId {
    resolve.worlds[world].package.expect("a decoded world is in the package `root:component`")
}

fn unreadable(name: &str, error: &anyhow::Error) -> Error {
    Error::new(Class::Program, format!("the types of `{name}` can't be read")).chain(error.chain())
}

/// Puts what is known about functions, fields and cases above those that have no comment.
fn document(resolve: &mut Resolve, docs: &Docs) {
    let say = |name: &str, place: &mut wit_parser::Docs| {
        if let (None, Some(about)) = (&place.contents, docs.about(name)) {
            place.contents = Some(about.to_owned());
        }
    };

    for (_, world) in resolve.worlds.iter_mut() {
        for item in world.exports.values_mut() {
            if let wit_parser::WorldItem::Function(function) = item {
                say(&function.name, &mut function.docs);
            }
        }
    }
    for (_, interface) in resolve.interfaces.iter_mut() {
        interface.functions.values_mut().for_each(|f| say(&f.name, &mut f.docs));
    }
    for (_, ty) in resolve.types.iter_mut() {
        match &mut ty.kind {
            TypeDefKind::Record(it) => it.fields.iter_mut().for_each(|f| say(&f.name, &mut f.docs)),
            TypeDefKind::Enum(it) => it.cases.iter_mut().for_each(|c| say(&c.name, &mut c.docs)),
            TypeDefKind::Flags(it) => it.flags.iter_mut().for_each(|f| say(&f.name, &mut f.docs)),
            TypeDefKind::Variant(it) => it.cases.iter_mut().for_each(|c| say(&c.name, &mut c.docs)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_printed_as_wit_that_can_be_read_again() {
        let text_of = |source: &str| {
            let bytes = wat::parse_str(source).unwrap();
            text(&Program::recognise("p.wasm", bytes).unwrap(), &Docs::default()).unwrap()
        };
        let component = text_of(
            r#"(component
                (import "wasi:random/random@0.2.12" (instance (export "get-random-u64" (func (result u64)))))
                (core module $m (func (export "f") (result i32) i32.const 1))
                (core instance $i (instantiate $m))
                (func (export "answer") (result u32) (canon lift (core func $i "f"))))"#,
        );
        assert!(component.contains("export answer: func() -> u32;"), "{component}");
        assert!(component.contains("package wasi:random@0.2.12 {"), "{component}");
        let mut resolve = Resolve::default();
        resolve.push_str("again.wit", &component).unwrap();

        let module = text_of(r#"(module (func (export "_start")) (memory (export "memory") 1))"#);
        assert!(module.contains("export wasi:cli/run@0.2"), "{module}");
    }
}
