//! Which imported functions a component calls in the way that waits: they're lowered without
//! `async`. If the function is an `async func`, the caller must be allowed to wait, which only
//! async functions are.

use std::collections::BTreeSet;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentTypeRef,
    Parser, Payload,
};

use crate::error::{Class, Error, Result};

/// A function by itself has its own name as its import's.
pub(super) type Waits = BTreeSet<(String, String)>;

/// The functions of its own imports that the component in `bytes` lowers without `async`: import
/// and function. Components within it aren't looked into.
pub(super) fn waits(program: &str, bytes: &[u8]) -> Result<Waits> {
    read(bytes).map_err(|error| {
        Error::new(Class::Program, format!("`{program}` can't be read")).cause(error)
    })
}

fn read(bytes: &[u8]) -> std::result::Result<Waits, wasmparser::BinaryReaderError> {
    // Instances and functions by index, with the names they were imported by.
    let (mut instances, mut functions): (Vec<Option<&str>>, Vec<Option<(&str, &str)>>) =
        Default::default();
    let (mut found, mut depth) = (Waits::new(), 0usize);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    let name = import.name.name;
                    match import.ty {
                        ComponentTypeRef::Instance(_) => instances.push(Some(name)),
                        ComponentTypeRef::Func(_) => functions.push(Some((name, name))),
                        _ => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                instances.extend(section.into_iter().map(|_| None))
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    match export?.kind {
                        ComponentExternalKind::Instance => instances.push(None),
                        ComponentExternalKind::Func => functions.push(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    let ComponentAlias::InstanceExport { kind, instance_index, name } = alias?
                    else {
                        continue;
                    };
                    let import = instances.get(instance_index as usize).copied().flatten();
                    match kind {
                        ComponentExternalKind::Func => {
                            functions.push(import.map(|import| (import, name)))
                        }
                        ComponentExternalKind::Instance => instances.push(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    match function? {
                        CanonicalFunction::Lift { .. } => functions.push(None),
                        CanonicalFunction::Lower { func_index, options }
                            if !options.contains(&CanonicalOption::Async) =>
                        {
                            let lowered = functions.get(func_index as usize).copied().flatten();
                            found.extend(
                                lowered.map(|(import, name)| (import.to_owned(), name.to_owned())),
                            );
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
