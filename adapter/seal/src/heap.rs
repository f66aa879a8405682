//! The form of the adapter whose state lies in the guest's heap: each export first sees to it that
//! there is a state.
//!
//! Rust can't be trusted not to use the stack before that, so it's done here. A global, `base`,
//! says where the state lies: 0 before the first call, 1 while the guest's allocator is asked for
//! it. That allocator may call us (a garbage collector asks for the time); then there is no state
//! yet, and the answer is the time 0, or "try again".

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, MemArg, Module, ValType,
};
use wasmparser::{ExternalKind, FuncType, Operator, Parser, Payload, TypeRef};

/// The module of the import that stands for the global.
pub const MODULE: &str = "forebay";
const SETUP: &str = "forebay_setup";
const STACK_POINTER: u32 = 0;
const STACK_SIZE: i32 = 0x1_0000;
const AGAIN: i32 = 6;

/// What is called before there can be a state, and needs none.
const STATELESS: [&str; 4] =
    ["wasi:cli/run@0.2.12#run", "cabi_import_realloc", "forebay_shift", SETUP];

/// What rewriting needs to know of the linked module.
pub struct Heap {
    /// The import that stands for the global.
    base: u32,
    setup: u32,
    globals: u32,
    functions: u32,
    /// The exports that need a state: name, function, type.
    exports: Vec<(String, u32, u32)>,
    types: Vec<FuncType>,
}

impl Heap {
    /// `None` if the module isn't of this form.
    pub fn of(wasm: &[u8]) -> Result<Option<Heap>> {
        let (mut base, mut globals, mut types, mut functions) = (None, 0, Vec::new(), Vec::new());
        let mut exports = BTreeMap::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            if (import.module, import.name) == (MODULE, "base") {
                                base = Some(functions.len() as u32);
                            }
                            functions.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(ty?);
                    }
                }
                Payload::GlobalSection(section) => globals = section.count(),
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            exports.insert(export.name.to_owned(), export.index);
                        }
                    }
                }
                _ => {}
            }
        }
        let Some(base) = base else { return Ok(None) };
        let setup = *exports.get(SETUP).context("there is no setup")?;
        exports.retain(|name, _| !STATELESS.contains(&name.as_str()));
        let exports = exports
            .into_iter()
            .map(|(name, index)| (name, index, functions[index as usize]))
            .collect();
        let heap = Heap { base, setup, globals, functions: functions.len() as u32, exports, types };
        heap.check(wasm)?;
        Ok(Some(heap))
    }

    /// The functions that run without a state have no stack either.
    fn check(&self, wasm: &[u8]) -> Result<()> {
        let mut stackless = vec![self.setup];
        let mut index = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        index += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.name == STATELESS[0] {
                            stackless.push(export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        let uses = matches!(
                            operator?,
                            Operator::GlobalGet { global_index: STACK_POINTER }
                        );
                        ensure!(
                            !(uses && stackless.contains(&index)),
                            "function {index} uses a stack before there is one"
                        );
                    }
                    index += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The module with the global, and with a guard before each export.
    pub fn rewrite(mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(module.finish())
    }

    /// A function's number without the import, which isn't there any more.
    fn number(&self, function: u32) -> u32 {
        function - u32::from(function > self.base)
    }

    fn guard(&self, name: &str, function: u32, ty: &FuncType) -> Function {
        let (params, base) = (ty.params().len() as u32, self.globals);
        let mut guard = Function::new([]);
        let mut code = guard.instructions();
        code.global_get(base).i32_const(2).i32_lt_u().if_(BlockType::Empty);
        code.global_get(base).if_(BlockType::Empty);
        if name == "clock_time_get" {
            code.local_get(2).i64_const(0).i64_store(MemArg {
                offset: 0,
                align: 0,
                memory_index: 0,
            });
            code.i32_const(0).return_();
        } else if ty.results().is_empty() {
            code.unreachable();
        } else {
            code.i32_const(AGAIN).return_();
        }
        code.end();
        code.i32_const(1).global_set(base).call(self.number(self.setup)).global_set(base);
        code.global_get(base).i32_const(STACK_SIZE).i32_add().global_set(STACK_POINTER);
        code.end();
        for param in 0..params {
            code.local_get(param);
        }
        code.call(self.number(function)).end();
        guard
    }
}

impl Reencode for Heap {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.number(function))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        for import in section.into_imports() {
            let import = import?;
            if import.module != MODULE {
                imports.import(import.module, import.name, self.entity_type(import.ty)?);
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        // The names name the import that is gone.
        if section.name() == "name" {
            Ok(())
        } else {
            utils::parse_custom_section(self, module, section)
        }
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_global_section(self, globals, section)?;
        globals.global(
            GlobalType { val_type: ValType::I32, mutable: true, shared: false },
            &ConstExpr::i32_const(0),
        );
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        for (_, _, ty) in &self.exports {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        for export in section {
            let export = export?;
            match self.exports.iter().position(|(name, ..)| name == export.name) {
                Some(place) => {
                    exports.export(
                        export.name,
                        ExportKind::Func,
                        self.number(self.functions) + place as u32,
                    );
                }
                None if export.name == SETUP => {}
                None => utils::parse_export(self, exports, export)?,
            }
        }
        Ok(())
    }

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> Result<wasm_encoder::Instruction<'a>, Error<Self::Error>> {
        match operator {
            Operator::Call { function_index } if function_index == self.base => {
                Ok(wasm_encoder::Instruction::GlobalGet(self.globals))
            }
            other => utils::instruction(self, other),
        }
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_code_section(self, code, section)?;
        for (name, function, ty) in &self.exports {
            code.function(&self.guard(name, *function, &self.types[*ty as usize]));
        }
        Ok(())
    }
}
