//! Writes into a guest's code what belongs to it in a store that guests share: its name, in front
//! of its modules' names, so that a trap says whose it is; and its memory and table budget, as the
//! largest sizes that its memories and tables say they may have. The engine then holds them for
//! nothing, and growth over them fails as over any maximum. Functions stay byte for byte, so that
//! debug information fits them.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{
    CodeSection, Component, MemorySection, Module, ModuleSection, NameSection, TableSection,
};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, CustomSectionReader, FunctionBody, Instance, KnownCustom,
    MemorySectionReader, MemoryType, Name, NameSectionReader, Parser, Payload, TableSectionReader,
    TableType,
};

use crate::error::{Class, Error, Result};
use crate::policy::Allowance;

type Failure = reencode::Error<Infallible>;

/// The component of `guest`, whose memories have at most the budget's bytes and `headroom` (the
/// adapter's share) together, and its tables at most the budget's elements.
///
/// # Errors
/// `Class::Denied` when it needs more to start; `Class::Program` when a module with a memory or a
/// table is instantiated more than once, so that a limit on it wouldn't be one on the guest.
pub(super) fn confine(
    guest: &str,
    component: Vec<u8>,
    allowance: &Allowance,
    headroom: u64,
) -> Result<Vec<u8>> {
    let Allowance { memory, table_elements, .. } = allowance;
    if memory.is_none() && table_elements.is_none() {
        // A name is no reason to refuse a guest.
        let mut named = Confine { guest, memory: None, tables: None };
        return Ok(named.rewrite(&component).unwrap_or(component));
    }
    let malformed = |error: &dyn std::fmt::Display| {
        Error::new(Class::Program, format!("`{guest}` can't be limited")).cause(error)
    };
    let census = Census::of(&component).map_err(|error| malformed(&error))?;
    if census.repeated {
        return Err(malformed(
            &"a module of it, or a component in it, may be instantiated more than once",
        )
        .hint("give it a store of its own, whose limits are watched: `isolate = true`"));
    }
    let share = |name: &str, limit: Option<u64>, sizes: &[Size], unit: &str| match limit {
        None => Ok(None),
        Some(limit) => {
            let least = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(size.least));
            let growing = sizes.iter().filter(|size| size.grows).count() as u64;
            match limit.checked_sub(least) {
                Some(left) => Ok(Some(left / growing.max(1))),
                None => Err(Error::new(
                    Class::Denied,
                    format!("`{guest}` needs more {name} to start than its budget has"),
                )
                .cause(format!("it starts with {least} {unit}, the budget is {limit}"))
                .hint(format!("raise `{}` in its `limits`", name.replace(' ', "-")))),
            }
        }
    };
    let mut confined = Confine {
        guest,
        memory: share(
            "memory",
            memory.map(|limit| limit.saturating_add(headroom)),
            &census.memories,
            "bytes",
        )?,
        tables: share("table elements", *table_elements, &census.tables, "elements")?,
    };
    confined.rewrite(&component).map_err(|error| malformed(&error))
}

/// The first size of a memory, in bytes, or of a table, in elements.
struct Size {
    least: u64,
    grows: bool,
}

/// All memories and tables that a component defines.
#[derive(Default)]
struct Census {
    memories: Vec<Size>,
    tables: Vec<Size>,
    /// Whether a module or a component is instantiated more than once, or may be.
    repeated: bool,
}

impl Census {
    fn of(component: &[u8]) -> wasmparser::Result<Census> {
        let mut census = Census::default();
        // What the component that is being read, and those around it, have instantiated.
        let mut levels = vec![Vec::new()];
        for payload in Parser::new(0).parse_all(component) {
            let mut instantiated = Vec::new();
            match payload? {
                Payload::MemorySection(section) => {
                    for memory in section {
                        census.memories.push(bytes(&memory?));
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        census.tables.push(elements(&table?.ty));
                    }
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    levels.push(Vec::new())
                }
                Payload::End(_) => drop(levels.pop()),
                Payload::InstanceSection(section) => {
                    for instance in section {
                        if let Instance::Instantiate { module_index, .. } = instance? {
                            instantiated.push((false, module_index));
                        }
                    }
                }
                Payload::ComponentInstanceSection(section) => {
                    for instance in section {
                        match instance? {
                            ComponentInstance::Instantiate { component_index, args } => {
                                instantiated.push((true, component_index));
                                census.repeated |= args.iter().any(|arg| is_code(arg.kind));
                            }
                            ComponentInstance::FromExports(exports) => {
                                census.repeated |=
                                    exports.iter().any(|export| is_code(export.kind));
                            }
                        }
                    }
                }
                // Code that is passed around can be instantiated anywhere, by any number.
                Payload::ComponentAliasSection(section) => {
                    for alias in section {
                        census.repeated |= match alias? {
                            ComponentAlias::InstanceExport { kind, .. } => is_code(kind),
                            ComponentAlias::Outer { kind, .. } => {
                                matches!(
                                    kind,
                                    ComponentOuterAliasKind::CoreModule
                                        | ComponentOuterAliasKind::Component
                                )
                            }
                            ComponentAlias::CoreInstanceExport { .. } => false,
                        };
                    }
                }
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        census.repeated |= matches!(
                            import?.ty,
                            ComponentTypeRef::Module(_) | ComponentTypeRef::Component(_)
                        );
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        census.repeated |= is_code(export?.kind);
                    }
                }
                _ => {}
            }
            let Some(level) = levels.last_mut() else { continue };
            for which in instantiated {
                census.repeated |= level.contains(&which);
                level.push(which);
            }
        }
        Ok(census)
    }
}

fn is_code(kind: ComponentExternalKind) -> bool {
    matches!(kind, ComponentExternalKind::Module | ComponentExternalKind::Component)
}

fn bytes(memory: &MemoryType) -> Size {
    let page = page(memory);
    Size {
        least: memory.initial.saturating_mul(page),
        grows: memory.maximum.is_none_or(|most| most > memory.initial),
    }
}

fn page(memory: &MemoryType) -> u64 {
    1 << memory.page_size_log2.unwrap_or(16)
}

fn elements(table: &TableType) -> Size {
    Size { least: table.initial, grows: table.maximum.is_none_or(|most| most > table.initial) }
}

/// Writes names, and largest sizes: how much each memory and table may grow by.
struct Confine<'a> {
    guest: &'a str,
    memory: Option<u64>,
    tables: Option<u64>,
}

impl Confine<'_> {
    fn rewrite(&mut self, component: &[u8]) -> Result<Vec<u8>, Failure> {
        // Writing it again trusts the lengths of sections.
        Parser::new(0).parse_all(component).try_for_each(|payload| payload.map(drop))?;
        let mut out = Component::new();
        self.parse_component(&mut out, Parser::new(0), component)?;
        Ok(out.finish())
    }
}

/// The largest size, of those that a type can say (`possible`).
fn most(initial: u64, maximum: Option<u64>, growth: u64, possible: u64) -> Option<u64> {
    let limit = initial.saturating_add(growth).min(possible);
    Some(maximum.map_or(limit, |maximum| maximum.min(limit)))
}

impl Reencode for Confine<'_> {
    type Error = Infallible;

    fn parse_memory_section(
        &mut self,
        out: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> Result<(), Failure> {
        for memory in section {
            let mut memory = memory?;
            if let Some(growth) = self.memory {
                let possible = (1_u64 << if memory.memory64 { 48 } else { 32 }) / page(&memory);
                memory.maximum =
                    most(memory.initial, memory.maximum, growth / page(&memory), possible);
            }
            out.memory(self.memory_type(memory)?);
        }
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        out: &mut TableSection,
        section: TableSectionReader<'_>,
    ) -> Result<(), Failure> {
        for table in section {
            let mut table = table?;
            if let Some(growth) = self.tables {
                let possible = if table.ty.table64 { u64::MAX } else { u64::from(u32::MAX) };
                table.ty.maximum = most(table.ty.initial, table.ty.maximum, growth, possible);
            }
            reencode::utils::parse_table(self, out, table)?;
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        function: FunctionBody<'_>,
    ) -> Result<(), Failure> {
        code.raw(function.as_bytes());
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), Failure> {
        // A section of names may be malformed: it means nothing to the engine.
        if let KnownCustom::Name(names) = section.as_known()
            && let Ok(names) = self.custom_name_section(names)
        {
            module.section(&names);
        } else {
            module.section(&self.custom_section(section)?);
        }
        Ok(())
    }

    fn custom_name_section(
        &mut self,
        section: NameSectionReader<'_>,
    ) -> Result<NameSection, Failure> {
        let mut names = NameSection::new();
        let parts: Vec<Name<'_>> = section.into_iter().collect::<Result<_, _>>()?;
        if !parts.iter().any(|part| matches!(part, Name::Module { .. })) {
            names.module(self.guest);
        }
        for part in parts {
            match part {
                Name::Module { name, .. } => names.module(&format!("{}/{name}", self.guest)),
                other => self.parse_custom_name_subsection(&mut names, other)?,
            }
        }
        Ok(names)
    }
}

impl ReencodeComponent for Confine<'_> {
    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        parser: Parser,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let mut module = Module::new();
        reencode::utils::parse_core_module(self, &mut module, parser, bytes)?;
        if !has_names(bytes) {
            let mut names = NameSection::new();
            names.module(self.guest);
            module.section(&names);
        }
        component.section(&ModuleSection(&module));
        Ok(())
    }
}

fn has_names(module: &[u8]) -> bool {
    let is_name = |payload: &Payload<'_>| matches!(payload, Payload::CustomSection(section) if section.name() == "name");
    Parser::new(0)
        .parse_all(module)
        .map_while(|payload| payload.ok())
        .any(|payload| is_name(&payload))
}
