//! Reads a component's world from its types.

use wit_component::WitPrinter;
use wit_parser::decoding::DecodedWasm;
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::error::{Class, Error, Result};
use crate::inspect::{Function, Interface, Report};
use crate::load::decode;

/// Fills in the imports and exports of the component's world.
pub(super) fn describe(name: &str, component: &[u8], report: &mut Report) -> Result<()> {
    let bad = |error: anyhow::Error| {
        Error::new(Class::Program, format!("the types of `{name}` can't be read"))
            .chain(error.chain())
    };
    let (resolve, world) = match decode(component).map_err(bad)? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => {
            return Err(Error::new(
                Class::Program,
                format!("`{name}` holds only interface types, no code"),
            ));
        }
    };
    let world = &resolve.worlds[world];
    report.imports = interfaces(&resolve, world.imports.iter()).map_err(bad)?;
    report.exports = interfaces(&resolve, world.exports.iter()).map_err(bad)?;
    Ok(())
}

fn interfaces<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> anyhow::Result<Vec<Interface>> {
    let mut out = Vec::new();
    let mut plain =
        Interface { name: String::new(), version: None, functions: Vec::new(), wit: String::new() };
    for (key, item) in items {
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                let full = resolve.name_world_key(key);
                let (name, version) = match full.split_once('@') {
                    Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
                    None => (full, None),
                };
                let functions = interface
                    .functions
                    .values()
                    .map(|f| function(resolve, f))
                    .collect::<anyhow::Result<_>>()?;
                let mut printer = WitPrinter::default();
                // The printer can't name the package of types that an interface without a package
                // of its own uses.
                if interface.package.is_some() {
                    printer.print_interface(resolve, *id)?;
                }
                out.push(Interface { name, version, functions, wit: printer.output.to_string() });
            }
            WorldItem::Function(f) => {
                let function = function(resolve, f)?;
                plain.wit.push_str(&format!("{}: {};\n", function.name, function.signature));
                plain.functions.push(function);
            }
            WorldItem::Type { .. } => {}
        }
    }
    if !plain.functions.is_empty() {
        out.push(plain);
    }
    Ok(out)
}

fn function(resolve: &Resolve, function: &wit_parser::Function) -> anyhow::Result<Function> {
    let mut printer = WitPrinter::default();
    let write = |printer: &mut WitPrinter, text: &str| {
        wit_component::Output::push_str(&mut printer.output, text)
    };
    let is_async = function.kind.is_async();
    write(&mut printer, if is_async { "async func(" } else { "func(" });
    for (index, param) in function.params.iter().enumerate() {
        write(&mut printer, &format!("{}{}: ", if index > 0 { ", " } else { "" }, param.name));
        printer.print_type_name(resolve, &param.ty)?;
    }
    write(&mut printer, ")");
    if let Some(result) = &function.result {
        write(&mut printer, " -> ");
        printer.print_type_name(resolve, result)?;
    }
    Ok(Function { name: function.name.clone(), signature: printer.output.to_string() })
}
