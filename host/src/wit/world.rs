//! A world that programs are to fit, and what keeps one from it.

use std::path::Path;

use wit_parser::decoding::DecodedWasm;
use wit_parser::{Resolve, WorldId};

use crate::error::{Class, Error, Result};
use crate::graph::{Item, items};
use crate::load::{Program, decode, legacy};
use crate::names::{fits, nearest_of, split};
use crate::wit::packages;

/// A world.
pub struct World {
    name: String,
    imports: Vec<Item>,
    exports: Vec<Item>,
}

impl World {
    /// The world `name`, or the only one, of the WIT package at `path`, a file or a folder.
    ///
    /// # Errors
    /// `Class::NotFound` when there is no such file or world, `Class::Usage` when the package can't
    /// be read.
    pub fn open(path: &Path, name: Option<&str>) -> Result<World> {
        let shown = path.display();
        if let Err(error) = path.metadata() {
            let what = format!("there is no WIT package `{shown}`");
            return Err(Error::new(Class::NotFound, what).cause(error));
        }

        let mut resolve = Resolve::default();
        let pushed = resolve.push_path(path);
        let (package, _) = pushed.map_err(|error| {
            Error::new(Class::Usage, format!("`{shown}` can't be read as a WIT package"))
                .cause(legacy::located(&error, &resolve).trim_end())
                .hint(
                    "what it uses of others stands in its folder `deps`: `forebay wit add PACKAGE`",
                )
        })?;
        let world = resolve.select_world(&[package], name).map_err(|_| {
            let worlds: Vec<&str> =
                resolve.packages[package].worlds.keys().map(String::as_str).collect();
            unknown(name, &format!("`{shown}`"), &worlds)
        })?;
        Ok(World::of(&resolve, world))
    }

    /// A world of the packages that come with the host, such as `wasi:cli/command@0.2`.
    ///
    /// # Errors
    /// `Class::NotFound` when there is no such package or world.
    pub fn known(name: &str) -> Result<World> {
        let group = packages::with_uses(&[name.to_owned()])?;
        let mut resolve = Resolve::default();
        let mut last = None;
        for package in &group {
            let pushed = resolve.push_str(package.file_name(), package.text);
            last = Some(pushed.expect("a package of ours resolves, as a test shows"));
        }

        let package = last.expect("at least the one that is named");
        let wanted = split(name).0.split_once('/').map(|(_, world)| world);
        let world = resolve.select_world(&[package], wanted).map_err(|_| {
            let package = &resolve.packages[package];
            let worlds: Vec<&str> = package.worlds.keys().map(String::as_str).collect();
            unknown(wanted, &format!("`{}`", package.name), &worlds)
        })?;
        Ok(World::of(&resolve, world))
    }

    fn of(resolve: &Resolve, world: WorldId) -> World {
        let (imports, exports) = items(resolve, world);
        World { name: resolve.worlds[world].name.clone(), imports, exports }
    }

    /// Everything that keeps a program from fitting the world: what it imports besides, what it
    /// doesn't export, and what has another type; a line each.
    ///
    /// # Errors
    /// `Class::Program` when its types can't be read.
    pub fn faults(&self, program: &Program) -> Result<Vec<String>> {
        let decoded = decode(&super::component(program)?)
            .map_err(|error| super::unreadable(&program.name, &error))?;
        let DecodedWasm::Component(resolve, world) = decoded else {
            let what = format!("`{}` holds only interface types, no code", program.name);
            return Err(Error::new(Class::Program, what));
        };
        let own = World::of(&resolve, world);

        let mut faults = Vec::new();
        for import in &own.imports {
            compare(import, &self.imports, &format!("world `{}`", self.name), &mut faults);
        }
        for export in &self.exports {
            compare(export, &own.exports, "program", &mut faults);
        }
        Ok(faults)
    }
}

/// Adds what is wanted and not had. `whose` says who has it not: an import is what the program
/// wants of the world, an export what the world wants of the program.
fn compare(wanted: &Item, had: &[Item], whose: &str, faults: &mut Vec<String>) {
    let verb = if whose == "program" { "export" } else { "import" };
    let Some(item) = had.iter().find(|item| fits(&wanted.name, &item.name)) else {
        // A type that is used needs no function of its interface.
        if wanted.functions.is_empty() && verb == "import" {
            return;
        }
        let names = had.iter().map(|item| item.name.as_str());
        let same = names.clone().find(|name| split(name).0 == split(&wanted.name).0);
        // Interfaces of one package have names that are alike, and mean other things.
        let slip = || nearest_of(&wanted.name, names.clone()).filter(|_| wanted.plain);
        let near = same.or_else(slip);
        let near = near.map(|near| format!("; it has `{near}`")).unwrap_or_default();
        faults.push(format!("the {whose} doesn't {verb} `{}`{near}", wanted.name));
        return;
    };

    for (name, ty) in &wanted.functions {
        let full = if wanted.plain { name.clone() } else { format!("{}#{name}", wanted.name) };
        match item.functions.get(name) {
            None => faults.push(format!("the {whose} doesn't {verb} `{full}`")),
            Some(other) if other != ty => {
                let (program, world) = if verb == "export" { (other, ty) } else { (ty, other) };
                let line = format!("`{full}` is {program} in the program, {world} in the world");
                faults.push(line);
            }
            Some(_) => {}
        }
    }
}

fn unknown(name: Option<&str>, place: &str, worlds: &[&str]) -> Error {
    let list = worlds.iter().map(|world| format!("`{world}`")).collect::<Vec<_>>().join(", ");
    let there = if worlds.is_empty() { "it has none".to_owned() } else { format!("it has {list}") };
    match name {
        Some(name) => {
            let error = Error::new(Class::NotFound, format!("{place} has no world `{name}`"));
            let error = error.cause(there);
            match nearest_of(name, worlds.iter().copied()) {
                Some(near) => error.hint(format!("is it `{near}`?")),
                None => error,
            }
        }
        None => Error::new(Class::Usage, format!("{place} has not just one world"))
            .cause(there)
            .hint("name one"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Program {
        Program::recognise("p.wasm", wat::parse_str(text).unwrap()).unwrap()
    }

    fn exporting(name: &str, ty: &str) -> Program {
        program(&format!(
            r#"(component
                (core module $m (func (export "f") (param i32) (result i32) i32.const 1))
                (core instance $i (instantiate $m))
                (func (export "{name}") {ty} (canon lift (core func $i "f"))))"#
        ))
    }

    fn world(text: &str) -> World {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("w.wit", text).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        World::of(&resolve, world)
    }

    #[test]
    fn a_program_fits_if_it_exports_all_and_imports_nothing_else() {
        let world = world("package a:b; world w { export twice: func(x: u32) -> u32; }");
        let ty = r#"(param "x" u32) (result u32)"#;
        assert_eq!(world.faults(&exporting("twice", ty)).unwrap(), Vec::<String>::new());
        assert_eq!(
            world.faults(&exporting("twise", ty)).unwrap(),
            ["the program doesn't export `twice`; it has `twise`"]
        );
        assert_eq!(
            world.faults(&exporting("twice", r#"(param "y" u32) (result u32)"#)).unwrap(),
            ["`twice` is func(y: u32) -> u32 in the program, func(x: u32) -> u32 in the world"]
        );
    }

    #[test]
    fn commands_fit_the_world_of_commands_and_not_of_servers() {
        let command = program(r#"(module (func (export "_start")) (memory (export "memory") 1))"#);
        for name in ["wasi:cli/command", "wasi:cli/command@0.2", "wasi:cli/command@0.2.12"] {
            assert_eq!(World::known(name).unwrap().faults(&command).unwrap(), Vec::<String>::new());
        }
        let faults = World::known("wasi:http/proxy@0.2").unwrap().faults(&command).unwrap();
        assert!(faults.iter().any(|fault| fault.contains("doesn't export `wasi:http/inc")));
    }

    #[test]
    fn a_world_that_isnt_there_is_told_with_those_that_are() {
        let error = |name| World::known(name).err().unwrap().to_string();
        assert!(
            error("wasi:cli/comand").contains("is it `command`?"),
            "{}",
            error("wasi:cli/comand")
        );
        assert!(error("wasi:cli").contains("has not just one world: it has `imports`, `command`"));
        assert!(error("wasi:io/streams").contains("it has `imports`"));
        let file = World::open(Path::new("/nowhere/wit"), None).err().unwrap();
        assert_eq!(file.class(), Class::NotFound);
    }
}
