//! Comments from WIT. A component's types carry none, so they are read from what the user names,
//! from `PROGRAM.wit` beside the program, from its section `forebay-wit`, which holds such a file,
//! and from its section `package-docs`, as WIT packages have it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use wasmparser::{Parser, Payload};
use wit_parser::{TypeDefKind, UnresolvedPackageGroup, WorldItem};

use crate::nesting::is_too_deep;

/// What is said about functions, and about fields, cases and flags of types, by their names.
#[derive(Clone, Debug, Default)]
pub struct Docs(BTreeMap<String, String>);

impl Docs {
    /// The comments of the program at `path`, and before them those of each of `wit`, files or
    /// folders. None, or ones that can't be read, are no error: they are a comfort, and the program
    /// runs without.
    pub fn of<'a>(path: &Path, wit: impl IntoIterator<Item = &'a Path>) -> Docs {
        let mut docs = Docs::default();
        for said in wit {
            docs.add_path(said);
        }
        docs.add_path(&path.with_extension("wit"));
        // A pipe has been read already, and can't be once more.
        if let (true, Ok(bytes)) = (path.is_file(), std::fs::read(path)) {
            docs.add_sections(&bytes);
        }
        docs
    }

    /// The comments in a WIT file, or in those of a folder; what lies in folders in it is others'.
    fn add_path(&mut self, path: &Path) {
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            files = entries.map(|entry| entry.path()).collect();
            files.retain(|path| path.extension().is_some_and(|ending| ending == "wit"));
            files.sort();
        }

        for file in files.iter().filter(|file| file.is_file()) {
            if let Ok(text) = std::fs::read_to_string(file) {
                self.add_text(&file.display().to_string(), &text);
            }
        }
    }

    fn add(&mut self, name: &str, contents: &str) {
        self.0.entry(name.to_owned()).or_insert_with(|| contents.trim().to_owned());
    }

    /// The comments in WIT text; what it imports need not be there.
    fn add_text(&mut self, name: &str, text: &str) {
        if is_too_deep(text) {
            return;
        }
        let Ok(group) = UnresolvedPackageGroup::parse(name, text) else { return };
        let mut found: Vec<(&String, &Option<String>)> = Vec::new();
        for package in std::iter::once(&group.main).chain(&group.nested) {
            let exports = package.worlds.iter().flat_map(|(_, world)| world.exports.values());
            let plain = exports.filter_map(|item| {
                if let WorldItem::Function(function) = item { Some(function) } else { None }
            });
            let inside =
                package.interfaces.iter().flat_map(|(_, interface)| interface.functions.values());
            found.extend(
                plain.chain(inside).map(|function| (&function.name, &function.docs.contents)),
            );
            for (_, ty) in &package.types {
                match &ty.kind {
                    TypeDefKind::Record(it) => {
                        found.extend(it.fields.iter().map(|it| (&it.name, &it.docs.contents)))
                    }
                    TypeDefKind::Enum(it) => {
                        found.extend(it.cases.iter().map(|it| (&it.name, &it.docs.contents)))
                    }
                    TypeDefKind::Flags(it) => {
                        found.extend(it.flags.iter().map(|it| (&it.name, &it.docs.contents)))
                    }
                    TypeDefKind::Variant(it) => {
                        found.extend(it.cases.iter().map(|it| (&it.name, &it.docs.contents)))
                    }
                    _ => {}
                }
            }
        }
        for (name, contents) in found {
            if let Some(contents) = contents {
                self.add(name, contents);
            }
        }
    }

    /// The comments in a program's outermost sections: WIT text in one; a version in one byte,
    /// and JSON, in the other.
    pub fn add_sections(&mut self, program: &[u8]) {
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(program).map_while(Result::ok) {
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::CustomSection(section)
                    if depth == 0 && section.name() == "forebay-wit" =>
                {
                    self.add_text("forebay-wit", &String::from_utf8_lossy(section.data()));
                }
                Payload::CustomSection(section)
                    if depth == 0 && section.name() == "package-docs" =>
                {
                    if let Some(Ok(value)) =
                        section.data().get(1..).map(serde_json::from_slice::<Value>)
                    {
                        self.add_json(None, &value);
                    }
                }
                _ => {}
            }
        }
    }

    /// Items are objects by their names, with their comment under `docs`, or only a comment. What
    /// lies deeper is nearer to what is called, and comes first.
    fn add_json(&mut self, name: Option<&str>, value: &Value) {
        match (name, value) {
            (Some(name), Value::String(contents)) => self.add(name, contents),
            (name, Value::Object(members)) => {
                members
                    .iter()
                    .filter(|(key, _)| *key != "docs")
                    .for_each(|(key, value)| self.add_json(Some(key), value));
                if let (Some(name), Some(Value::String(contents))) = (name, members.get("docs")) {
                    self.add(name, contents);
                }
            }
            _ => {}
        }
    }

    /// What is said about a function, field, case or flag.
    pub fn about(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Docs;

    #[test]
    fn comments_come_from_text_and_from_json() {
        let mut docs = Docs::default();
        docs.add_text("x", "package a:b; world w { enum e { /// the one\none, } /// does it\nexport f: func(x: e); }");
        assert_eq!((docs.about("f"), docs.about("one")), (Some("does it"), Some("the one")));
        let mut docs = Docs::default();
        let json = r#"{"worlds": {"f": {"docs": "world", "func_exports": {"f": {"docs": "function"}},
                      "types": {"e": {"docs": "type", "items": {"one": "the one"}}}}}}"#;
        docs.add_json(None, &serde_json::from_str(json).unwrap());
        assert_eq!((docs.about("f"), docs.about("one")), (Some("function"), Some("the one")));
    }
}
