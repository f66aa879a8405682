//! A component without what its modules do: each of their functions traps, and no data is there.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{CodeSection, Component, DataSection, Function};
use wasmparser::{DataSectionReader, FunctionBody, Parser};

type Failure = reencode::Error<Infallible>;

/// The same component with hollow modules.
///
/// # Errors
/// When it can't be read.
pub(super) fn hollow(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    // Writing it again trusts the lengths of sections.
    Parser::new(0).parse_all(component).try_for_each(|payload| payload.map(drop))?;
    let mut out = Component::new();
    Hollow.parse_component(&mut out, Parser::new(0), component)?;
    Ok(out.finish())
}

struct Hollow;

impl Reencode for Hollow {
    type Error = Infallible;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        _: FunctionBody<'_>,
    ) -> Result<(), Failure> {
        let mut function = Function::new([]);
        function.instructions().unreachable().end();
        code.function(&function);
        Ok(())
    }

    fn parse_data_section(
        &mut self,
        _: &mut DataSection,
        _: DataSectionReader<'_>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    fn data_count(&mut self, _: u32) -> Result<u32, Failure> {
        Ok(0)
    }
}

impl ReencodeComponent for Hollow {}
