//! A module again, with other names for its imports or exports and nothing else changed.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ExportKind, ExportSection, ImportSection, Module};
use wasmparser::{ExternalKind, Parser};

use super::error::Error;

type Failure = reencode::Error<std::convert::Infallible>;

/// Writes `core` with `names` as the modules and names of its imports.
///
/// # Errors
/// When the module is malformed.
pub fn imports(core: &[u8], names: &[(String, String)]) -> Result<Vec<u8>, Error> {
    rename(core, Rename { imports: Some(names), exports: &BTreeMap::new() })
}

/// Writes `core` with functions exported by the names that `names` has for their own.
///
/// # Errors
/// When the module is malformed.
pub fn exports(core: &[u8], names: &BTreeMap<String, String>) -> Result<Vec<u8>, Error> {
    rename(core, Rename { imports: None, exports: names })
}

fn rename(core: &[u8], mut rename: Rename<'_>) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    rename.parse_core_module(&mut module, Parser::new(0), core).map_err(|error| match error {
        reencode::Error::ParseError(error) => Error::Malformed(error),
        other => Error::Encode(other.to_string()),
    })?;
    Ok(module.finish())
}

struct Rename<'a> {
    imports: Option<&'a [(String, String)]>,
    exports: &'a BTreeMap<String, String>,
}

impl Reencode for Rename<'_> {
    type Error = std::convert::Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Failure> {
        let Some(names) = self.imports else {
            return utils::parse_import_section(self, imports, section);
        };
        for (import, (module, name)) in section.into_imports().into_iter().zip(names) {
            imports.import(module, name, self.entity_type(import?.ty)?);
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
            match self.exports.get(export.name) {
                Some(name) if export.kind == ExternalKind::Func => {
                    exports.export(
                        name,
                        ExportKind::Func,
                        self.external_index(export.kind, export.index)?,
                    );
                }
                _ => utils::parse_export(self, exports, export)?,
            }
        }
        Ok(())
    }
}
