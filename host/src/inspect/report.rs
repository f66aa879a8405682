//! The data of a report, and its two renderings.

use std::fmt::Write;

use serde::Serialize;
use wasmparser::{Parser, Payload};

/// A program, described.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How the user calls it.
    pub name: String,
    /// What it is, in words.
    pub kind: &'static str,
    /// The legacy systems it imports from.
    pub dialects: Vec<&'static str>,
    /// Size in bytes, of the binary form.
    pub size: usize,
    /// What it imports as a component.
    pub imports: Vec<Interface>,
    /// What it exports as a component.
    pub exports: Vec<Interface>,
    /// What it imports as a core module: `module.field`.
    pub core_imports: Vec<String>,
    /// What it exports as a core module: `name: kind`.
    pub core_exports: Vec<String>,
    /// Linear memories, of all modules in it.
    pub memories: Vec<Memory>,
    /// Tools that made it.
    pub producers: Vec<Producer>,
    /// Flags for `forebay run` that grant what it can use.
    pub needs: Vec<String>,
    /// Why it can't run, if it can't.
    pub refused: Option<String>,
}

/// An interface, or the plain functions of the world (with an empty name).
#[derive(Clone, Debug, Serialize)]
pub struct Interface {
    /// `namespace:package/interface`, a plain name, or nothing.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Its types and functions in WIT.
    pub wit: String,
}

/// A function.
#[derive(Clone, Debug, Serialize)]
pub struct Function {
    /// Its name as the binary format has it.
    pub name: String,
    /// Its type in WIT.
    pub signature: String,
}

/// A linear memory, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Pages it starts with.
    pub minimum: u64,
    /// Pages it may grow to, if it says.
    pub maximum: Option<u64>,
}

/// A tool that took part in making the program.
#[derive(Clone, Debug, Serialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// The tool's name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Reads the `producers` custom section.
pub(super) fn producers(bytes: &[u8]) -> Vec<Producer> {
    let Ok(Some(section)) = wasm_metadata::Producers::from_wasm(bytes) else { return Vec::new() };
    let tool = |field: &str, name: &str, version: &str| Producer {
        field: field.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    };
    section
        .iter()
        .flat_map(|(field, tools)| tools.iter().map(|(n, v)| tool(field, n, v)).collect::<Vec<_>>())
        .collect()
}

/// The memories defined in a component's modules.
pub(super) fn memories(bytes: &[u8]) -> Vec<Memory> {
    let sections = Parser::new(0).parse_all(bytes).map_while(|payload| payload.ok());
    let sections = sections
        .filter_map(|payload| if let Payload::MemorySection(s) = payload { Some(s) } else { None });
    let memory = |ty: wasmparser::MemoryType| Memory { minimum: ty.initial, maximum: ty.maximum };
    sections
        .flat_map(|section| section.into_iter().flatten().map(memory).collect::<Vec<_>>())
        .collect()
}

impl Interface {
    fn title(&self) -> String {
        match (&self.version, self.name.is_empty()) {
            (_, true) => "functions".to_owned(),
            (Some(version), false) => format!("{}@{version}", self.name),
            (None, false) => self.name.clone(),
        }
    }
}

impl Report {
    /// As JSON, indented, with a final newline.
    pub fn json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("strings and numbers always serialise");
        text.push('\n');
        text
    }

    /// As text for people: exports with their types, imports by name.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a string doesn't fail");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}: {}, {} bytes", printable(&self.name), self.kind, self.size)?;
        if !self.dialects.is_empty() {
            writeln!(out, "dialects: {}", self.dialects.join(", "))?;
        }
        for memory in &self.memories {
            let most =
                memory.maximum.map_or("no maximum".to_owned(), |pages| format!("at most {pages}"));
            writeln!(out, "memory: {} pages of 64 KiB, {most}", memory.minimum)?;
        }
        for tool in &self.producers {
            writeln!(
                out,
                "{}: {} {}",
                printable(&tool.field),
                printable(&tool.name),
                printable(&tool.version)
            )?;
        }
        if !self.exports.is_empty() {
            writeln!(out, "\nexports:")?;
            for interface in &self.exports {
                writeln!(out, "  {}", printable(&interface.title()))?;
                interface
                    .wit
                    .lines()
                    .try_for_each(|line| writeln!(out, "    {}", printable(line)))?;
            }
        }
        if !self.imports.is_empty() {
            writeln!(out, "\nimports:")?;
            for interface in &self.imports {
                writeln!(out, "  {}", printable(&interface.title()))?;
            }
        }
        if self.exports.is_empty() && !self.core_exports.is_empty() {
            writeln!(out, "\ncore exports:")?;
            self.core_exports
                .iter()
                .try_for_each(|export| writeln!(out, "  {}", printable(export)))?;
        }
        if !self.core_imports.is_empty() {
            writeln!(out, "\ncore imports:")?;
            self.core_imports
                .iter()
                .try_for_each(|import| writeln!(out, "  {}", printable(import)))?;
        }
        match &self.refused {
            Some(why) => writeln!(out, "\ncan't run: {}", printable(why)),
            None if self.needs.is_empty() => writeln!(out, "\nneeds no grants"),
            None => writeln!(out, "\ncould use: {}", self.needs.join(" ")),
        }
    }
}

/// Names come from the program: control characters in them are shown, not obeyed.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}
