//! Comments from WIT: a component's types carry none, so they are read from `PROGRAM.wit` beside the program.

use std::collections::BTreeMap;
use std::path::Path;

use wit_parser::UnresolvedPackageGroup;

/// What is said about functions and types, by name.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    functions: BTreeMap<String, String>,
    /// By the names of enum cases, flags and record fields.
    members: BTreeMap<String, String>,
}

impl Docs {
    /// Reads the WIT file beside a program, `x.wit` beside `x.wasm`. None, or one that isn't WIT, has no docs: they are
    /// a comfort, and the program runs without.
    pub fn beside(program: &Path) -> Docs {
        let path = program.with_extension("wit");
        match std::fs::read_to_string(&path) {
            Ok(text) => Docs::parse(&path.display().to_string(), &text).unwrap_or_default(),
            Err(_) => Docs::default(),
        }
    }

    /// Reads WIT text; its imports need not be there.
    pub fn parse(name: &str, text: &str) -> Option<Docs> {
        let group = UnresolvedPackageGroup::parse(name, text).ok()?;
        let mut docs = Docs::default();
        let mut add = |name: &str, contents: &Option<String>| {
            if let Some(contents) = contents {
                docs.functions.entry(name.to_owned()).or_insert_with(|| contents.trim().to_owned());
            }
        };
        let packages = || std::iter::once(&group.main).chain(&group.nested);
        for package in packages() {
            for (_, world) in &package.worlds {
                for item in world.exports.values() {
                    if let wit_parser::WorldItem::Function(function) = item {
                        add(&function.name, &function.docs.contents);
                    }
                }
            }
            for (_, interface) in &package.interfaces {
                for (name, function) in &interface.functions {
                    add(name, &function.docs.contents);
                }
            }
        }
        for package in packages() {
            for (_, ty) in &package.types {
                docs.add_members(&ty.kind);
            }
        }
        Some(docs)
    }

    fn add_members(&mut self, kind: &wit_parser::TypeDefKind) {
        use wit_parser::TypeDefKind as Kind;
        let members: Vec<(&String, &Option<String>)> = match kind {
            Kind::Record(record) => record.fields.iter().map(|field| (&field.name, &field.docs.contents)).collect(),
            Kind::Enum(names) => names.cases.iter().map(|case| (&case.name, &case.docs.contents)).collect(),
            Kind::Flags(names) => names.flags.iter().map(|flag| (&flag.name, &flag.docs.contents)).collect(),
            Kind::Variant(variant) => variant.cases.iter().map(|case| (&case.name, &case.docs.contents)).collect(),
            _ => Vec::new(),
        };
        for (name, contents) in members {
            if let Some(contents) = contents {
                self.members.entry(name.clone()).or_insert_with(|| contents.trim().to_owned());
            }
        }
    }

    /// What is said about a function.
    pub fn function(&self, name: &str) -> Option<&str> {
        self.functions.get(name).map(String::as_str)
    }

    /// What is said about a field, case or flag.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(String::as_str)
    }
}
