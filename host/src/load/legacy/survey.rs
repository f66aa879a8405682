//! What a legacy module is: one pass over its sections, its code unread.

use std::collections::BTreeMap;

use wasmparser::{ExternalKind, FuncType, Global, Parser, Payload, TypeRef};

use super::error::Error;

/// Whether the module is run or called into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It exports `_start`, or all it does is done by its start function.
    Command,
    /// It is instantiated, and its exports are called.
    Reactor,
}

/// The functions that a module exports, an adapter for example.
pub type Exports = BTreeMap<String, FuncType>;

/// An imported function.
#[derive(Clone, Debug)]
pub struct Import {
    pub module: String,
    pub name: String,
    pub ty: FuncType,
}

/// The facts that rewriting needs.
pub struct Survey {
    pub form: Form,
    /// In the order of the import section; all imports are functions.
    pub imports: Vec<Import>,
    pub types: u32,
    /// Imported and defined.
    pub functions: u32,
    pub start: Option<u32>,
    /// The function that is exported as `_start` or `_initialize`.
    pub entry: Option<u32>,
    pub has_memory: bool,
    pub exports_memory: bool,
    /// A world is embedded.
    pub typed: bool,
    /// It exports the canonical ABI's allocator.
    pub has_realloc: bool,
    /// How many data segments there are, if code may copy them; else 0.
    pub copied_segments: u32,
    /// The values of the globals whose value is a constant.
    pub globals: Vec<Option<u32>>,
}

impl Survey {
    /// Whether the module asks for sockets by family, in a dialect that has addresses of paths.
    pub fn opens_sockets(&self) -> bool {
        let opens = |import: &Import| matches!(&*import.name, "sock_open" | "sock_open_v2");
        self.imports.iter().any(|import| import.module == super::PREVIEW1 && opens(import))
    }

    /// # Errors
    /// When the module is malformed, or is of a kind that can't be wrapped.
    pub fn of(core: &[u8]) -> Result<Survey, Error> {
        let mut survey = Survey {
            form: Form::Reactor,
            imports: Vec::new(),
            types: 0,
            functions: 0,
            start: None,
            entry: None,
            has_memory: false,
            exports_memory: false,
            typed: false,
            has_realloc: false,
            copied_segments: 0,
            globals: Vec::new(),
        };
        let mut types = Vec::new();
        let mut foreign = Vec::new();
        let (mut start, mut initialize, mut other_exports) = (None, None, false);
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for ty in group?.into_types() {
                            types.push(match ty.composite_type.inner {
                                wasmparser::CompositeInnerType::Func(ty) => Some(ty),
                                _ => None,
                            });
                        }
                    }
                    survey.types = types.len() as u32;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let of = |index: u32| types.get(index as usize).and_then(Clone::clone);
                        match import.ty {
                            TypeRef::Func(index) => survey.imports.push(Import {
                                module: import.module.to_string(),
                                name: import.name.to_string(),
                                ty: of(index).unwrap_or_else(|| FuncType::new([], [])),
                            }),
                            TypeRef::Memory(_) => return Err(Error::Memory("imports its memory")),
                            _ => foreign.push((import.module.to_string(), import.name.to_string())),
                        }
                    }
                    survey.functions = survey.imports.len() as u32;
                }
                Payload::FunctionSection(section) => survey.functions += section.count(),
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        if survey.has_memory {
                            return Err(Error::Memory("has more than one memory"));
                        } else if memory.memory64 {
                            return Err(Error::Memory("has a 64-bit memory"));
                        } else if memory.shared {
                            return Err(Error::Memory("has a shared memory"));
                        } else if memory.page_size_log2.is_some() {
                            return Err(Error::Memory("has pages of its own size"));
                        }
                        survey.has_memory = true;
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let value = constant(&global?, &survey.globals);
                        survey.globals.push(value);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match (export.name, export.kind) {
                            ("memory", ExternalKind::Memory) => survey.exports_memory = true,
                            ("_start", ExternalKind::Func) => start = Some(export.index),
                            ("_initialize", ExternalKind::Func) => initialize = Some(export.index),
                            (name, ExternalKind::Func) => {
                                survey.has_realloc |= name == "cabi_realloc";
                                other_exports = true;
                            }
                            _ => {}
                        }
                    }
                }
                Payload::StartSection { func, .. } => survey.start = Some(func),
                Payload::DataCountSection { count, .. } => survey.copied_segments = count,
                Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                    survey.typed = true;
                }
                _ => {}
            }
        }
        if !foreign.is_empty() {
            return Err(Error::UnknownImports(foreign));
        }
        let only_starts = survey.start.is_some() && initialize.is_none() && !other_exports;
        if start.is_some() || only_starts {
            survey.form = Form::Command;
        }
        survey.entry = start.or(initialize);
        Ok(survey)
    }
}

/// The functions that an adapter exports, and their types.
///
/// # Errors
/// When the adapter's bytes are damaged.
pub fn functions(adapter: &[u8]) -> Result<Exports, Error> {
    let (mut types, mut indices, mut exports) = (Vec::new(), Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(adapter) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(index) = import?.ty {
                        indices.push(index);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    indices.push(index?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let ty = indices
                        .get(export.index as usize)
                        .and_then(|index| types.get(*index as usize));
                    if let (ExternalKind::Func, Some(ty)) = (export.kind, ty) {
                        exports.insert(export.name.to_string(), ty.clone());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(exports)
}

/// The value of an immutable `i32` global.
fn constant(global: &Global<'_>, before: &[Option<u32>]) -> Option<u32> {
    if global.ty.mutable { None } else { evaluate(&global.init_expr, before) }
}

/// The value of a constant expression over `i32`, with the globals that are known.
pub fn evaluate(expression: &wasmparser::ConstExpr<'_>, globals: &[Option<u32>]) -> Option<u32> {
    use wasmparser::Operator::{End, GlobalGet, I32Add, I32Const, I32Mul, I32Sub};
    let mut stack = Vec::new();
    for operator in expression.get_operators_reader() {
        let value = match operator.ok()? {
            I32Const { value } => value as u32,
            GlobalGet { global_index } => (*globals.get(global_index as usize)?)?,
            End => break,
            arithmetic => {
                let (b, a): (u32, u32) = (stack.pop()?, stack.pop()?);
                match arithmetic {
                    I32Add => a.wrapping_add(b),
                    I32Sub => a.wrapping_sub(b),
                    I32Mul => a.wrapping_mul(b),
                    _ => return None,
                }
            }
        };
        stack.push(value);
    }
    stack.pop()
}
