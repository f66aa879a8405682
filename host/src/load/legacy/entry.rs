//! Programs that begin elsewhere than at `_start`: they get one, which calls where they begin and
//! exits with what that returns.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Module, TypeSection, ValType,
};
use wasmparser::{ExternalKind, Parser};

use super::PREVIEW1;
use super::error::Error;
use super::survey::{self, Survey};

/// Where programs of Dagger's second version, of CommonWA, of Dagger's first, and of its
/// specification begin. A library that was made for several has a `main` of its own beside the
/// first two.
const NAMES: [&str; 4] = ["dagger_main", "cwa_main", "main", "handle"];

type Failure = reencode::Error<std::convert::Infallible>;

/// The function with which a program begins.
pub struct Main {
    name: &'static str,
    /// How many parameters it has. C's `main` has two, which were zero in these systems.
    params: usize,
    /// Whether it returns a status.
    status: bool,
}

/// Where a program begins; `None` where that is `_start`, or nowhere.
pub fn main(core: &[u8]) -> Option<Main> {
    use wasmparser::ValType::I32;
    let exports = survey::functions(core).ok()?;
    if exports.contains_key("_start") {
        return None;
    }
    NAMES.into_iter().find_map(|name| {
        let ty = exports.get(name)?;
        let fits = matches!(ty.params(), [] | [I32, I32]) && matches!(ty.results(), [] | [I32]);
        fits.then(|| Main { name, params: ty.params().len(), status: !ty.results().is_empty() })
    })
}

/// The module with a `_start`.
///
/// # Errors
/// When the module is malformed.
pub fn begin(core: &[u8], survey: &Survey, main: &Main) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    Begin { survey, main, index: None }
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|error| match error {
            reencode::Error::ParseError(error) => Error::Malformed(error),
            other => Error::Encode(other.to_string()),
        })?;
    Ok(module.finish())
}

struct Begin<'a> {
    survey: &'a Survey,
    main: &'a Main,
    /// The function's index, once the export section was read.
    index: Option<u32>,
}

impl Begin<'_> {
    /// That of `proc_exit`, which is imported last.
    fn exit(&self) -> u32 {
        self.survey.imports.len() as u32
    }
}

impl Reencode for Begin<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Failure> {
        Ok(function + u32::from(function >= self.exit()))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32], []);
        types.ty().function([], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_import_section(self, imports, section)?;
        imports.import(PREVIEW1, "proc_exit", EntityType::Function(self.survey.types));
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.survey.types + 1);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Failure> {
        for export in section {
            let export = export?;
            if export.name == self.main.name && export.kind == ExternalKind::Func {
                self.index = Some(self.function_index(export.index)?);
            }
            utils::parse_export(self, exports, export)?;
        }
        exports.export("_start", ExportKind::Func, self.survey.functions + 1);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_code_section(self, code, section)?;
        let mut start = Function::new([(1, ValType::I32)]);
        let mut body = start.instructions();
        for _ in 0..self.main.params {
            body.i32_const(0);
        }
        if let Some(index) = self.index {
            body.call(index);
        }
        if self.main.status {
            body.local_tee(0).if_(BlockType::Empty).local_get(0).call(self.exit()).end();
        }
        body.end();
        code.function(&start);
        Ok(())
    }
}
