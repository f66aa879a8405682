//! Memory shift: the module again, its whole memory moved up, so that the adapter's state lies
//! where no guest can reach.
//!
//! Every access gets the shift as part of its constant offset, which costs nothing at run time. The
//! instructions that take addresses as operands only (`memory.fill` and its like) and those that
//! speak of the size call small functions that are added at the end of the module. An address that
//! would wrap around into the adapter's part traps, as it did. A start function is moved into the
//! entry point, since an adapter can't be called before all is instantiated.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, FunctionSection, ImportSection,
    Instruction, MemArg, MemorySection, MemoryType, Module, RawSection, Section, SectionId,
    TypeSection, ValType,
};
use wasmparser::{BinaryReader, DataKind, Operator, Parser};

use super::error::Error;
use super::survey::{Form, Survey, evaluate};

/// How far a guest is moved: the adapter's `layout::SHIFT`.
pub const SHIFT: u32 = 0x40_0000;
const PAGES: u64 = (SHIFT >> 16) as u64;

/// One page less than there could be, so that the last address is always out of bounds.
const MOST_PAGES: u64 = 65535;
const OUT_OF_BOUNDS: u32 = u32::MAX;

type Failure = reencode::Error<Error>;

/// Writes `core` again, moved, with `names` as the modules and names of its imports.
///
/// # Errors
/// When the memory is too large to be moved, or a data segment's place isn't a constant.
pub fn shift(core: &[u8], survey: &Survey, names: &[(String, String)]) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    let core = &without_start(core);
    Shift { survey, names, seen_memory: false, seen_exports: false }
        .parse_core_module(&mut module, Parser::new(0), core)
        .map_err(|error| match error {
            reencode::Error::UserError(error) => error,
            reencode::Error::ParseError(error) => Error::Malformed(error),
            other => Error::Encode(other.to_string()),
        })?;
    Ok(module.finish())
}

/// The module's bytes without its start section, whose work the entry point does.
fn without_start(core: &[u8]) -> Vec<u8> {
    const HEADER: usize = 8;
    const START: u8 = SectionId::Start as u8;
    let mut kept = core[..HEADER].to_vec();
    let mut reader = BinaryReader::new(&core[HEADER..], HEADER);
    while let (Ok(id), Ok(size)) = (reader.read_u8(), reader.read_var_u32()) {
        let Ok(body) = reader.read_bytes(size as usize) else { break };
        if id != START {
            RawSection { id, data: body }.append_to(&mut kept);
        }
    }
    kept
}

struct Shift<'a> {
    survey: &'a Survey,
    names: &'a [(String, String)],
    seen_memory: bool,
    seen_exports: bool,
}

/// The functions that are added after the module's own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Helper {
    Grow,
    Fill,
    Copy,
    Start,
    Init(u32),
}

impl Shift<'_> {
    fn helpers(&self) -> Vec<Helper> {
        let mut helpers = Vec::new();
        if self.survey.has_memory && self.has_code() {
            helpers.extend([Helper::Grow, Helper::Fill, Helper::Copy]);
        }
        if self.survey.start.is_some() {
            helpers.push(Helper::Start);
        }
        helpers.extend((0..self.survey.copied_segments).map(Helper::Init));
        helpers
    }

    fn has_code(&self) -> bool {
        self.survey.functions > self.survey.imports.len() as u32
    }

    fn index(&self, helper: Helper) -> Option<u32> {
        let place = self.helpers().iter().position(|other| *other == helper)?;
        Some(self.survey.functions + place as u32)
    }

    /// The function's type, counted from the end of the module's own: `grow`'s, that of three
    /// operands, `start`'s.
    fn ty(&self, helper: Helper) -> u32 {
        self.survey.types
            + match helper {
                Helper::Grow => 0,
                Helper::Fill | Helper::Copy | Helper::Init(_) => 1,
                Helper::Start => 2,
            }
    }

    fn call(&self, helper: Helper) -> Option<Instruction<'static>> {
        self.index(helper).map(Instruction::Call)
    }

    fn body(&self, helper: Helper) -> wasm_encoder::Function {
        let locals = if helper == Helper::Grow { vec![(1, ValType::I32)] } else { Vec::new() };
        let mut function = wasm_encoder::Function::new(locals);
        let mut code = function.instructions();
        match helper {
            Helper::Grow => {
                code.local_get(0).memory_grow(0).local_tee(1).i32_const(PAGES as i32).i32_sub();
                code.i32_const(-1).local_get(1).i32_const(-1).i32_ne().select();
            }
            Helper::Fill => {
                moved(&mut code, 0);
                code.local_get(1).local_get(2).memory_fill(0);
            }
            Helper::Copy => {
                moved(&mut code, 0);
                moved(&mut code, 1);
                code.local_get(2).memory_copy(0, 0);
            }
            Helper::Init(segment) => {
                moved(&mut code, 0);
                code.local_get(1).local_get(2).memory_init(0, segment);
            }
            Helper::Start => {
                for function in self.survey.start.into_iter().chain(self.survey.entry) {
                    code.call(function);
                }
            }
        }
        code.end();
        function
    }

    fn memory(&self, initial: u64, maximum: Option<u64>) -> Result<MemoryType, Failure> {
        let minimum = initial + PAGES;
        if minimum > MOST_PAGES {
            return Err(Failure::UserError(Error::Memory(
                "wants all of the address space as its memory",
            )));
        }
        let maximum = Some(maximum.map_or(MOST_PAGES, |pages| (pages + PAGES).min(MOST_PAGES)));
        Ok(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None })
    }
}

/// Pushes an address operand, moved; one that would wrap around becomes one that is out of bounds
/// for certain.
fn moved(code: &mut wasm_encoder::InstructionSink<'_>, local: u32) {
    code.i32_const(OUT_OF_BOUNDS as i32).local_get(local).i32_const(SHIFT as i32).i32_add();
    code.local_get(local).i32_const((OUT_OF_BOUNDS - SHIFT) as i32).i32_gt_u().select();
}

impl Reencode for Shift<'_> {
    type Error = Error;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32; 3], []);
        types.ty().function([], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Failure> {
        for (import, (module, name)) in section.into_imports().into_iter().zip(self.names) {
            imports.import(module, name, self.entity_type(import?.ty)?);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_function_section(self, functions, section)?;
        for helper in self.helpers() {
            functions.function(self.ty(helper));
        }
        Ok(())
    }

    fn memory_type(&mut self, ty: wasmparser::MemoryType) -> Result<MemoryType, Failure> {
        self.memory(ty.initial, ty.maximum)
    }

    /// A module without a memory gets one, for the adapter; one that doesn't export its memory does
    /// so now.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Failure> {
        let at_or_past = |id: SectionId| before.is_none_or(|before| order(before) >= order(id));
        if !self.seen_memory && at_or_past(SectionId::Memory) {
            self.seen_memory = true;
            if !self.survey.has_memory {
                let mut memories = MemorySection::new();
                memories.memory(self.memory(0, Some(0))?);
                module.section(&memories);
            }
        }
        if !self.seen_exports && at_or_past(SectionId::Export) {
            self.seen_exports = true;
            if before != Some(SectionId::Export) {
                let mut exports = ExportSection::new();
                self.add_exports(&mut exports);
                module.section(&exports);
            }
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Failure> {
        for export in section {
            let export = export?;
            let entry = matches!(export.name, "_start" | "_initialize")
                && Some(export.index) == self.survey.entry;
            if !(entry && self.survey.start.is_some()) {
                utils::parse_export(self, exports, export)?;
            }
        }
        self.add_exports(exports);
        Ok(())
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<MemArg, Failure> {
        let offset = (arg.offset + u64::from(SHIFT)).min(u64::from(OUT_OF_BOUNDS));
        Ok(MemArg { offset, align: u32::from(arg.align), memory_index: arg.memory })
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Failure> {
        let helpers = self.helpers();
        for body in section {
            let body = body?;
            let mut function = self.new_function_with_parsed_locals(&body)?;
            let mut reader = body.get_operators_reader()?;
            while !reader.eof() {
                let operator = reader.read()?;
                let call = match operator {
                    Operator::MemoryGrow { .. } => self.call(Helper::Grow),
                    Operator::MemoryFill { .. } => self.call(Helper::Fill),
                    Operator::MemoryCopy { .. } => self.call(Helper::Copy),
                    Operator::MemoryInit { data_index, .. } => self.call(Helper::Init(data_index)),
                    _ => None,
                };
                let size = matches!(operator, Operator::MemorySize { .. });
                match call {
                    Some(call) => function.instruction(&call),
                    None => function.instruction(&self.instruction(operator)?),
                };
                if size {
                    function.instructions().i32_const(PAGES as i32).i32_sub();
                }
            }
            code.function(&function);
        }
        for helper in helpers {
            code.function(&self.body(helper));
        }
        Ok(())
    }

    fn parse_data(
        &mut self,
        data: &mut DataSection,
        datum: wasmparser::Data<'_>,
    ) -> Result<(), Failure> {
        match &datum.kind {
            DataKind::Active { memory_index, offset_expr } => {
                let offset = evaluate(offset_expr, &self.survey.globals)
                    .ok_or(Failure::UserError(Error::DataOffset))?;
                let offset = offset.checked_add(SHIFT).unwrap_or(OUT_OF_BOUNDS);
                data.active(
                    *memory_index,
                    &ConstExpr::i32_const(offset as i32),
                    datum.data.iter().copied(),
                );
                Ok(())
            }
            DataKind::Passive => utils::parse_data(self, data, datum),
        }
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Failure> {
        // What names places in the code or the memory is wrong from here on.
        let stale = [".debug_", "reloc.", "linking", "sourceMappingURL", "external_debug_info"];
        if stale.iter().any(|prefix| section.name().starts_with(prefix)) {
            return Ok(());
        }
        utils::parse_custom_section(self, module, section)
    }
}

impl Shift<'_> {
    fn add_exports(&self, exports: &mut ExportSection) {
        if !self.survey.exports_memory {
            exports.export("memory", ExportKind::Memory, 0);
        }
        if let Some(start) = self.index(Helper::Start) {
            let name = if self.survey.form == Form::Command { "_start" } else { "_initialize" };
            exports.export(name, ExportKind::Func, start);
        }
    }
}

/// The order of the sections in a module.
fn order(section: SectionId) -> u8 {
    match section {
        SectionId::Tag => 55,
        SectionId::DataCount => 95,
        other => other as u8 * 10,
    }
}
