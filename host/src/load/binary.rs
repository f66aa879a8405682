//! Reads the binary format far enough for good errors and for the choice of engine; the engine
//! itself validates.

use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, ComponentDefinedType, ComponentType,
    ComponentTypeDeclaration, InstanceTypeDeclaration, Parser, Payload,
};

use crate::error::{Class, Error, Result};
use crate::load::decode::decode;

/// Turns a parser's complaint about `name` into an error that tells a truncated file from a
/// malformed one.
pub(super) fn malformed(name: &str, error: &BinaryReaderError) -> Error {
    let truncated = error.message().contains("unexpected end");
    let what = if truncated {
        "is truncated: it ends inside a section"
    } else {
        "is not a valid wasm binary"
    };
    let hint = if truncated {
        "copy or build it again"
    } else {
        "build it again, or validate it with the tool that made it"
    };
    Error::new(Class::Program, format!("`{name}` {what}")).cause(error).hint(hint)
}

/// Checks that a component is well-formed at the level of sections and holds something that runs.
pub(super) fn check_component(name: &str, bytes: &[u8]) -> Result<()> {
    let mut code = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| malformed(name, &error))? {
            Payload::ComponentImportSection(_)
            | Payload::ModuleSection { .. }
            | Payload::ComponentCanonicalSection(_) => code = true,
            _ => {}
        }
    }
    if !code && decode(bytes).is_ok() {
        return Err(Error::new(
            Class::Program,
            format!("`{name}` holds only interface types (a WIT package), no code"),
        )
        .hint("give a component that implements them"));
    }
    Ok(())
}

/// Whether a component uses async functions, streams or futures anywhere, in its types or its
/// canonical functions. Bytes that can't be parsed count as not async: the engine reports what is
/// wrong with them.
pub(super) fn is_async(bytes: &[u8]) -> bool {
    Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()).any(|payload| match payload {
        Payload::ComponentTypeSection(types) => {
            types.into_iter().flatten().any(|ty| async_type(&ty))
        }
        Payload::ComponentCanonicalSection(functions) => {
            functions.into_iter().flatten().any(|f| async_function(&f))
        }
        _ => false,
    })
}

/// Whether a core module with a world of its own uses what belongs to async: it imports and exports
/// such functions by names in brackets, `[stream-read-0]f`, beside those of resources and methods,
/// which are older.
pub(super) fn is_async_module(bytes: &[u8]) -> bool {
    const OLDER: [&str; 4] = ["[resource-", "[method]", "[static]", "[constructor]"];
    let is_async =
        |name: &str| name.starts_with('[') && !OLDER.iter().any(|older| name.starts_with(older));
    Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()).any(|payload| match payload {
        Payload::ImportSection(imports) => {
            imports.into_imports().flatten().any(|import| is_async(import.name))
        }
        Payload::ExportSection(exports) => {
            exports.into_iter().flatten().any(|export| is_async(export.name))
        }
        _ => false,
    })
}

/// Whether a component looks like a command: it exports `wasi:cli/run`, at whatever depth.
pub(super) fn is_command(bytes: &[u8]) -> bool {
    Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok()).any(|payload| match payload {
        Payload::ComponentExportSection(exports) => exports
            .into_iter()
            .flatten()
            .any(|export| export.name.name.starts_with("wasi:cli/run@")),
        _ => false,
    })
}

fn async_type(ty: &ComponentType<'_>) -> bool {
    match ty {
        ComponentType::Defined(
            ComponentDefinedType::Future(_) | ComponentDefinedType::Stream(_),
        ) => true,
        ComponentType::Func(function) => function.async_,
        ComponentType::Component(items) => items.iter().any(|item| match item {
            ComponentTypeDeclaration::Type(inner) => async_type(inner),
            _ => false,
        }),
        ComponentType::Instance(items) => items.iter().any(|item| match item {
            InstanceTypeDeclaration::Type(inner) => async_type(inner),
            _ => false,
        }),
        ComponentType::Defined(_) | ComponentType::Resource { .. } => false,
    }
}

/// The canonical functions of the component model before async; every other one belongs to async.
fn async_function(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options.contains(&CanonicalOption::Async)
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_async_wat(text: &str) -> bool {
        is_async(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn a_module_is_async_if_it_uses_functions_of_async() {
        let is_async = |text: &str| is_async_module(&wat::parse_str(text).unwrap());
        assert!(is_async("(module (import \"$root\" \"[context-get-0]\" (func (result i32))))"));
        assert!(is_async("(module (func (export \"[async-lift]f\")))"));
        assert!(!is_async(
            "(module (import \"a:b/c\" \"[resource-drop]d\" (func (param i32))) (func (export \"f\")))"
        ));
    }

    #[test]
    fn async_is_found_in_types_and_canonical_functions_at_any_depth() {
        assert!(is_async_wat("(component (type (stream u8)))"));
        assert!(is_async_wat("(component (import \"f\" (func async)))"));
        assert!(is_async_wat(
            "(component (import \"i\" (instance (export \"f\" (func (result (future)))))))"
        ));
        assert!(is_async_wat("(component (component (core func (canon backpressure.inc))))"));
        assert!(!is_async_wat("(component (import \"f\" (func (param \"a\" (list string)))))"));
        assert!(!is_async_wat("(module)"));
    }
}
