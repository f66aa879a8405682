//! `forebay wit`: a program's WIT, packages to write one against, and whether one fits a world; and
//! every place that comments for `--help` come from.

use std::fs;
use std::path::Path;

use crate::run::{Ended, forebay, run, wat};

fn wit(folder: &Path, words: &[&str]) -> Ended {
    Ended::of(forebay().current_dir(folder).arg("wit").args(words).output().unwrap())
}

#[test]
fn a_programs_wit_is_printed_with_its_comments() {
    let folder = crate::scratch();
    let add = wat("add");
    let plain = wit(folder.path(), &[add.to_str().unwrap()]);
    plain.prints(
        "package root:component;\n\nworld root {\n  export add: func(a: u32, b: u32) -> u32;\n}\n",
    );

    let said = b"package a:b; world w { /// Adds up.\nexport add: func(a: u32, b: u32) -> u32; }";
    let file = crate::file(&folder, "said.wit", said);
    let text = wit(folder.path(), &["--wit", &file, add.to_str().unwrap()]);
    assert!(text.stdout.contains("/// Adds up.\n  export add"), "{text:?}");

    wit(folder.path(), &["nowhere.wasm"]).fails(127, &["there is no program `nowhere.wasm`"]);
    wit(folder.path(), &[]).fails(2, &["Usage: forebay wit"]);
}

#[test]
fn packages_are_written_once_with_what_they_use() {
    let folder = crate::scratch();
    let written = wit(folder.path(), &["add", "forebay:stream"]);
    assert_eq!((written.code, written.stderr.as_str()), (Some(0), ""));
    let names: Vec<&str> =
        written.stdout.lines().filter_map(|l| l.strip_suffix(": written")).collect();
    assert_eq!(names.len(), 2, "{written:?}");
    for name in &names {
        assert!(fs::read_to_string(folder.path().join(name)).unwrap().contains("package "));
    }
    let again = wit(folder.path(), &["add", "forebay:stream"]);
    assert_eq!(again.stdout.matches(": unchanged").count(), 2, "{again:?}");

    // What somebody changed, or had from elsewhere under another name, stays.
    let io = folder.path().join(names[0]);
    let other = folder.path().join("wit/deps/io/package.wit");
    fs::create_dir(other.parent().unwrap()).unwrap();
    fs::write(&other, fs::read_to_string(&io).unwrap() + "\n// mine\n").unwrap();
    fs::remove_file(&io).unwrap();
    let kept = wit(folder.path(), &["add", "wasi:io"]);
    kept.prints("wit/deps/io/package.wit: kept as it is\n");

    wit(folder.path(), &["add", "wasi:htp"]).fails(127, &["is it `wasi:http`?"]);
    wit(folder.path(), &["add", "wasi:http@0.2.1"]).fails(127, &["there is `wasi:http@0.2."]);
}

#[test]
fn a_program_fits_a_world_or_is_told_everything_that_keeps_it() {
    let folder = crate::scratch();
    let (add, hello) = (wat("add"), wat("hello"));
    let (add, hello) = (add.to_str().unwrap(), hello.to_str().unwrap());
    wit(folder.path(), &["check", hello, "wasi:cli/command"])
        .prints(&format!("fits: `{hello}` and `wasi:cli/command`\n"));
    wit(folder.path(), &["check", add, "wasi:cli/command@0.2"])
        .fails(1, &["doesn't fit", "the program doesn't export `wasi:cli/run@0.2."]);

    fs::create_dir(folder.path().join("wit")).unwrap();
    let text = "package a:b;
                world sum { export add: func(a: u32, b: u32) -> u32; }
                world more { export add: func(a: u64, b: u64) -> u64; export sub: func(); }";
    fs::write(folder.path().join("wit/w.wit"), text).unwrap();
    wit(folder.path(), &["check", add, "sum"]).prints(&format!("fits: `{add}` and `sum`\n"));
    let types = "`add` is func(a: u32, b: u32) -> u32 in the program, func(a: u64, b: u64) -> u64";
    wit(folder.path(), &["check", add, "more"])
        .fails(1, &["the program doesn't export `sub`", types]);
    wit(folder.path(), &["check", add, "sums"]).fails(127, &["no world `sums`", "is it `sum`?"]);
    wit(folder.path(), &["check", add, "wasi:cli/comand"]).fails(127, &["is it `command`?"]);
    wit(folder.path(), &["check", add, "wit/w.wit"]).fails(2, &["not just one world"]);
    let elsewhere = wit(Path::new("/"), &["check", add, "sum"]);
    elsewhere.fails(127, &["there is no world `sum`", "--wit PATH"]);
}

#[test]
fn comments_come_from_whatever_holds_them() {
    let text = |about: &str| {
        format!("package a:b; world w {{ /// {about}\nexport add: func(a: u32, b: u32) -> u32; }}")
    };
    let folder = crate::scratch();
    let add = wat("add");
    let begins = |ended: &Ended, about: &str| {
        assert!(ended.stdout.starts_with(about) && ended.code == Some(0), "{ended:?}");
    };

    // In a file or a folder that is named.
    let file = crate::file(&folder, "said.wit", text("From a file.").as_bytes());
    begins(&run(&["--wit", &file], &add, &["--help"]), "From a file.\n");
    let wit = folder.path().join("wit");
    fs::create_dir(&wit).unwrap();
    fs::write(wit.join("world.wit"), text("From a folder.")).unwrap();
    begins(&run(&["--wit", wit.to_str().unwrap()], &add, &["--help"]), "From a folder.\n");

    // In the folder of the manifest; a package that the world uses isn't asked.
    fs::create_dir(wit.join("deps")).unwrap();
    fs::write(wit.join("deps/a.wit"), text("Of somebody else.")).unwrap();
    fs::copy(&add, folder.path().join("add.wat")).unwrap();
    let manifest = "main = \"add\"\n[guest.add]\nsource = \"add.wat\"\n";
    let manifest = crate::file(&folder, "forebay.toml", manifest.as_bytes());
    begins(&run(&[], &manifest, &["--help"]), "From a folder.\n");

    // In the component that is made of a module by a world.
    let module = crate::file(
        &folder,
        "module.wat",
        br#"(module (func (export "add") (param i32 i32) (result i32) local.get 0))"#,
    );
    let component = folder.path().join("component.wasm");
    let mut adapt = forebay();
    adapt.args(["adapt", &module, "--wit", &file, "-o"]).arg(&component);
    Ended::of(adapt.output().unwrap()).prints("");
    begins(&run(&[], &component, &["--help"]), "From a file.\n");

    assert_eq!(run(&[], &component, &["1", "2"]).stdout, "1\n");
    // Without a file in between it's the same, through a manifest.
    fs::write(
        folder.path().join("forebay.toml"),
        "main = \"m\"\n[guest.m]\nsource = \"module.wat\"\nwit = \"said.wit\"\n",
    )
    .unwrap();
    assert_eq!(run(&[], &manifest, &["1", "2"]).stdout, "1\n");

    // What isn't there is told; what is no WIT has no comments.
    run(&["--wit", "/nowhere"], &component, &["1", "2"])
        .fails(127, &["there is no WIT file or folder `/nowhere`"]);
    begins(&run(&["--wit", &manifest], &component, &["--help"]), "From a file.\n");
}
