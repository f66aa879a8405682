//! A function that nobody has answers `ENOSYS`, so that a program which only might call it runs.

use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, TypeSection, ValType,
};
use wasmparser::FuncType;

/// The import module that the stubs stand under.
pub const MODULE: &str = "forebay-stub";

const ENOSYS: i32 = 52;

/// An adapter for `wit-component` that exports the functions.
pub fn module(functions: &[(String, FuncType)]) -> Vec<u8> {
    let (mut types, mut section, mut exports, mut code) =
        (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for (index, (name, ty)) in functions.iter().enumerate() {
        let index = index as u32;
        let params: Vec<ValType> =
            ty.params().iter().filter_map(|ty| (*ty).try_into().ok()).collect();
        types.ty().function(params, ty.results().iter().map(|_| ValType::I32));
        section.function(index);
        exports.export(name, ExportKind::Func, index);
        let mut body = Function::new([]);
        for _ in ty.results() {
            body.instructions().i32_const(ENOSYS);
        }
        body.instructions().end();
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&section).section(&exports).section(&code);
    module.finish()
}
