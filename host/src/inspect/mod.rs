//! What a program imports, exports and would need granted, as plain data. Nothing is compiled or
//! run.

mod needs;
mod report;
mod world;

pub use report::{Function, Interface, Memory, Producer, Report};

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::load::{Dialect, Entry, Facts, Form, Program};

/// Describes a program.
///
/// # Errors
/// `Class::Program` when it's invalid or precompiled. A module that can't be wrapped is described
/// by its core imports and exports, with the reason.
pub fn inspect(program: &Program) -> Result<Report> {
    if program.form == Form::Precompiled {
        return Err(Error::new(
            Class::Program,
            format!("`{}` is precompiled: its types are gone", program.name),
        )
        .hint("inspect the .wasm file that it was made from"));
    }
    let facts = program.module()?;
    let mut report = Report {
        name: program.name.clone(),
        kind: kind(facts.as_ref(), program.is_async()),
        dialects: facts
            .iter()
            .flat_map(|facts| facts.dialects.iter().map(|dialect| dialect.name()))
            .collect(),
        size: program.bytes.len(),
        imports: Vec::new(),
        exports: Vec::new(),
        core_imports: facts
            .iter()
            .flat_map(|facts| facts.imports.iter().map(|(m, f)| format!("{m}.{f}")))
            .collect(),
        core_exports: facts
            .iter()
            .flat_map(|f| f.exports.iter().map(|(name, kind)| format!("{name}: {kind}")))
            .collect(),
        memories: memories(program, facts.as_ref())?,
        producers: report::producers(&program.bytes),
        needs: Vec::new(),
        refused: None,
    };
    match program.component(Adapter::default(), &Legacy::default()) {
        Ok(adapted) => world::describe(&program.name, &adapted.component, &mut report)?,
        Err(error) if facts.is_some() => report.refused = Some(error.to_string()),
        Err(error) => return Err(error),
    }
    report.needs = needs::flags(&report);
    Ok(report)
}

fn kind(facts: Option<&Facts>, is_async: bool) -> &'static str {
    match facts {
        Some(facts) if facts.dialects.contains(&Dialect::Preview1) => match facts.entry {
            Entry::Command => "core module, preview 1 command",
            Entry::Reactor => "core module, preview 1 reactor",
        },
        Some(facts) if facts.entry == Entry::Command && !facts.resources.is_empty() => {
            "core module, command"
        }
        Some(_) => "core module",
        None if is_async => "component, async",
        None => "component",
    }
}

/// The memories of a module, or of all modules inside a component.
fn memories(program: &Program, facts: Option<&Facts>) -> Result<Vec<Memory>> {
    let own = facts.map(|facts| {
        facts.memories.iter().map(|m| Memory { minimum: m.minimum, maximum: m.maximum }).collect()
    });
    Ok(own.unwrap_or_else(|| report::memories(&program.bytes)))
}
