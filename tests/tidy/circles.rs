//! No circle of files: whatever a file uses, through others too, doesn't use it back. A file can
//! then be read, tested and moved with what it uses, and nothing else.
//!
//! What counts is what a file names of its crate by `crate::` and `super::`, and by the name of a
//! module of its own. A re-export (`pub use`) is no use; whoever goes through it uses what it leads
//! to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{root, sources};

/// Circles that are still to be cut: none. One that is gone must go from here, too.
const KNOWN: &[&[&str]] = &[];

#[test]
fn no_files_use_each_other_in_a_circle() {
    let found: BTreeSet<BTreeSet<String>> = ["host/src", "host/cli", "adapter/src", "bench/src"]
        .iter()
        .flat_map(|folder| circles(&Crate::read(folder).uses()))
        .collect();
    let known: BTreeSet<BTreeSet<String>> =
        KNOWN.iter().map(|circle| circle.iter().map(|name| (*name).to_owned()).collect()).collect();

    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "files use each other in a circle: {new:#?}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "these circles are cut: strike them from `KNOWN`: {gone:#?}");
}

#[test]
fn a_circle_is_found_through_a_third_file_a_parent_and_a_re_export() {
    let files = [
        ("a", "use crate::b::Thing;"),
        ("b", "pub use inner::Thing;\nmod inner;"),
        ("b::inner", "fn f() { crate::c::g() }"),
        ("c", "use crate::{\n    d,\n    a::{X},\n};"),
        ("d", "mod within {\n    use super::Own;\n}\n// crate::a is not used here"),
        ("e", "fn f() { leaf::g() }"),
        ("e::leaf", "use super::*;"),
        ("f", "use crate::g;\nfn f() { g::inner::h() }"),
        ("g", ""),
        ("g::inner", "use crate::f::f;"),
    ];
    let files = files.iter().map(|(name, text)| (path(name), code(text))).collect();
    let found = circles(&Crate { folder: "x", files }.uses());

    let circle = |names: &[&str]| names.iter().map(|name| format!("x {name}")).collect();
    assert_eq!(
        found,
        [circle(&["a", "b::inner", "c"]), circle(&["e", "e::leaf"]), circle(&["f", "g::inner"])]
    );
}

/// The path of a module below its crate's root.
type Module = Vec<String>;

fn path(text: &str) -> Module {
    text.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The files of a crate, without their comments and tests.
struct Crate {
    folder: &'static str,
    files: BTreeMap<Module, String>,
}

impl Crate {
    fn read(folder: &'static str) -> Crate {
        let tests = ["tests", "hostile", "damaged"];
        let module = |file: &Path| {
            let inside = file.strip_prefix(root().join(folder)).unwrap().with_extension("");
            let mut module: Module =
                inside.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
            module
        };
        let files = sources(folder).into_iter().map(|(file, text)| (module(&file), code(&text)));
        let is_test = |module: &Module| module.iter().any(|part| tests.contains(&part.as_str()));

        Crate { folder, files: files.filter(|(module, _)| !is_test(module)).collect() }
    }

    /// Which files each file uses.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let name = |module: &Module| format!("{} {}", self.folder, module.join("::"));
        let of = |module: &Module, text: &str| {
            let own_text = without_re_exports(text);
            let mut named = named(module, &own_text);
            named.extend(self.through_names(&named, &own_text));
            let mut used: BTreeSet<Module> =
                named.iter().filter_map(|path| self.file_of(path)).collect();
            used.extend(self.children(module).filter(|child| names_child(text, child)).cloned());
            used.remove(module);
            used.iter().map(name).collect()
        };

        self.files.iter().map(|(module, text)| (name(module), of(module, text))).collect()
    }

    /// What a file names by the names of modules that it uses: `use crate::a;` and then `a::b::f`.
    fn through_names(&self, used: &[Module], text: &str) -> Vec<Module> {
        let modules = used.iter().filter(|path| self.files.contains_key(*path));
        let paths = modules.flat_map(|module| {
            let Some(name) = module.last() else { return Vec::new() };
            let below = paths_after(&format!("{name}::"), text).into_iter();
            below.map(|below| [module.clone(), below].concat()).collect()
        });
        paths.collect()
    }

    fn children<'a>(&'a self, module: &'a Module) -> impl Iterator<Item = &'a Module> {
        let is_child = |other: &&Module| other.len() == module.len() + 1;
        self.files
            .keys()
            .filter(is_child)
            .filter(move |other| !module.is_empty() && other.starts_with(module))
    }

    /// The file that defines what a path names; a re-export leads on.
    fn file_of(&self, path: &[String]) -> Option<Module> {
        let length = (0..=path.len()).rev().find(|n| self.files.contains_key(&path[..*n]))?;
        let (module, rest) = path.split_at(length);
        let Some(item) = rest.first() else { return Some(module.to_vec()) };
        let leads = re_exports(module, &self.files[module]);
        match leads.into_iter().find(|(name, to)| name == item && to != path) {
            Some((_, to)) => self.file_of(&[to, rest[1..].to_vec()].concat()),
            None => Some(module.to_vec()),
        }
    }
}

/// A file's text without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The statements `pub use …;` of a file, without that word and without visibility.
fn re_export_statements(text: &str) -> Vec<&str> {
    let starts = text.match_indices("pub").filter_map(|(start, _)| {
        let rest = &text[start + 3..];
        let rest = match rest.strip_prefix('(') {
            Some(rest) => rest.split_once(')')?.1,
            None => rest,
        };
        rest.strip_prefix(" use ")?.split_once(';').map(|(statement, _)| statement)
    });
    starts.collect()
}

fn without_re_exports(text: &str) -> String {
    let mut text = text.to_owned();
    for statement in re_export_statements(&text.clone()) {
        text = text.replace(&format!(" use {statement};"), ";");
    }
    // A module within a file means that file by `super`.
    let outer = text.lines().filter(|line| !line.starts_with(' ') || !line.contains("use super::"));
    outer.collect::<Vec<_>>().join("\n")
}

/// What a file re-exports: each name, and where it leads.
fn re_exports(module: &[String], text: &str) -> Vec<(String, Module)> {
    let mut found = Vec::new();
    for statement in re_export_statements(text) {
        for (path, name) in leaves(statement) {
            let to = match path.split_first() {
                Some((first, rest)) if first == "crate" => rest.to_vec(),
                _ => [module.to_vec(), path.clone()].concat(),
            };
            found.push((name, to));
        }
    }
    found
}

/// The paths of a `use` tree, and what each is called.
fn leaves(tree: &str) -> Vec<(Module, String)> {
    let Some((before, rest)) = tree.split_once('{') else {
        let (path_text, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = path(path_text);
        let Some(last) = path.last().cloned() else { return Vec::new() };
        let name = if name.is_empty() { last } else { name.trim().to_owned() };
        return vec![(path, name)];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let mut depth = 0;
    let parts = inner.split(move |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let prefix = path(before);
    let with_prefix = |(rest, name): (Module, String)| ([prefix.clone(), rest].concat(), name);
    parts.flat_map(leaves).map(with_prefix).collect()
}

/// The paths that a file names by `crate::` and `super::`, from the root of its crate.
fn named(module: &Module, text: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (word, base) in [("crate::", &[][..]), ("super::", &module[..module.len().max(1) - 1])] {
        found.extend(paths_after(word, text).into_iter().map(|path| [base, &path].concat()));
    }
    found
}

/// The paths that stand in a text after a word such as `crate::`.
fn paths_after(word: &str, text: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(word) {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|c| c == '_' || c == ':' || c.is_alphanumeric()) {
            continue;
        }
        let rest = &text[start + word.len()..];
        if rest.starts_with('*') {
            found.push(Module::new());
        }
        let paths = leaves(&rest[..tree_length(rest)]);
        found.extend(paths.into_iter().map(|(path, _)| path));
    }
    found
}

/// How long the path or `use` tree at the start of a text is.
fn tree_length(text: &str) -> usize {
    let mut depth = 0;
    let end = text.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        let goes_on = depth > 0 || *c == '}' || *c == '_' || *c == ':' || c.is_alphanumeric();
        !goes_on || depth < 0
    });
    end.map_or(text.len(), |(end, _)| end)
}

/// Whether a file names a module of its own in its code: `child::…`.
fn names_child(text: &str, child: &Module) -> bool {
    let text = without_re_exports(text);
    let word = format!("{}::", child.last().expect("a child has a name"));
    let found = text.match_indices(&word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        before.is_none_or(|c| c != '_' && c != ':' && !c.is_alphanumeric())
    });
    found
}

/// The circles: files each of which uses, through others, all the rest.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached = |from: &String| {
        let (mut found, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(next) = todo.pop() {
            todo.extend(uses[next].iter().filter(|used| found.insert((*used).clone())));
        }
        found
    };
    let reach: BTreeMap<&String, BTreeSet<String>> =
        uses.keys().map(|file| (file, reached(file))).collect();
    let circle = |file: &String| -> BTreeSet<String> {
        let back = |other: &&String| reach[other].contains(file);
        reach[file].iter().filter(back).cloned().collect()
    };
    let found: BTreeSet<BTreeSet<String>> =
        uses.keys().map(circle).filter(|circle| circle.len() > 1).collect();
    found.into_iter().collect()
}
