//! What a user sets once: flags in `config.toml`. And what is said of the command itself.

use std::fs;

use super::{Ended, forebay, scratch};
use support::places::{file, wat};

#[test]
fn flags_of_a_file_are_taken_and_those_that_are_typed_count() {
    let folder = scratch();
    let text = "[run]\nfuel = 1000\ndir = [\"wit\", \"tests\"]\nverbose = true\nenv-inherit = false\n[call]\noutput = \"json\"\n";
    let config = file(&folder, "config.toml", text.as_bytes());
    let run = |words: &[&str]| {
        let mut command = forebay();
        command.args(["run", "--config", &config]).args(words);
        Ended::of(command.output().unwrap())
    };
    let (spin, hello) = (wat("spin"), wat("hello"));
    let (spin, hello) = (spin.to_str().unwrap(), hello.to_str().unwrap());
    run(&[spin]).fails(134, &["fuel"]);
    let granted = |words: &[&str]| {
        let ended = run(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "hello, wasm!\n"), "{ended:?}");
        let lines =
            ended.stderr.lines().filter_map(|l| l.strip_prefix("info: granted: directory "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(granted(&["--fuel", "1000000", hello]), ["wit::wit", "tests::tests"]);
    assert_eq!(
        granted(&["--fuel=1000000", "--dir", "docs", hello]),
        ["wit::wit", "tests::tests", "docs::docs"]
    );
    // A program's own flag is its own.
    let mut own = forebay();
    own.args(["run"]).arg(wat("hello")).args(["--config", "nowhere"]);
    Ended::of(own.output().unwrap()).prints("hello, wasm!\n");

    // In the home folder, and for another command.
    fs::create_dir_all(folder.path().join(".config/forebay")).unwrap();
    fs::copy(&config, folder.path().join(".config/forebay/config.toml")).unwrap();
    let mut home = forebay();
    home.env("HOME", folder.path()).arg("run").arg(spin);
    Ended::of(home.output().unwrap()).fails(134, &["fuel"]);
    let mut call = forebay();
    call.env("HOME", folder.path()).args(["call", "components/wat/greet.wat", "greet", "ada"]);
    Ended::of(call.output().unwrap()).prints("\"hello, ada!\"\n");
}

#[test]
fn what_a_file_of_flags_has_wrong_is_told_all_at_once() {
    let folder = scratch();
    let with = |text: &str| {
        let config = file(&folder, "config.toml", text.as_bytes());
        let mut command = forebay();
        command.args(["--config", &config, "run"]).arg(wat("hello"));
        Ended::of(command.output().unwrap())
    };
    with("").prints("hello, wasm!\n");
    with("[run]\nfule = 1\nverbose = 3\n[rum]\n[call]\noutputs = \"json\"\n").fails(
        2,
        &[
            "`run.fule`: there is no such flag; is it `fuel`?",
            "`run.verbose`: it's `true` or `false`",
            "`rum`: there is no such command; is it `[run]`?",
            "is it `output`?",
        ],
    );
    with("[run]\nfuel = \"much\"\n")
        .fails(2, &["the defaults in", "invalid value 'much' for '--fuel"]);
    with("[run]\nfuel = { a = 1 }\n").fails(2, &["`run.fuel`: a value is text or a number"]);
    with("run = 1\n").fails(2, &["`run`: a command is a table: `[run]`"]);
    with("[run\n").fails(2, &["is not a configuration"]);
    let mut nowhere = forebay();
    nowhere.args(["run", "--config", "nowhere.toml"]).arg(wat("hello"));
    Ended::of(nowhere.output().unwrap()).fails(127, &["`nowhere.toml` can't be read"]);
}

#[test]
fn the_version_says_what_it_is_made_of() {
    let plain = Ended::of(forebay().arg("--version").output().unwrap());
    plain.prints(&format!("forebay {}\n", env!("CARGO_PKG_VERSION")));
    for words in [["--version", "--verbose"], ["-v", "-V"]] {
        let more = Ended::of(forebay().args(words).output().unwrap());
        for part in ["engine: wasmtime 48.", "WASI: preview 1, 0.2.", "WIT: forebay:stream@"] {
            assert!(more.code == Some(0) && more.stdout.contains(part), "{more:?}");
        }
    }
}

#[test]
fn the_cache_says_how_much_it_holds_and_is_pruned() {
    let folder = scratch();
    let cache = |words: &[&str]| {
        let mut command = forebay();
        command.env("XDG_CACHE_HOME", folder.path()).args(words);
        Ended::of(command.output().unwrap())
    };
    cache(&["cache", "size"]).prints("0 bytes, of at most 1073741824\n");
    for name in ["hello", "wc"] {
        let program = wat(name);
        assert_eq!(cache(&["run", program.to_str().unwrap()]).code, Some(0));
    }
    let held = |said: &Ended| said.stdout.split(' ').next().unwrap().parse::<u64>().unwrap();
    let both = held(&cache(&["cache", "size"]));
    cache(&["cache", "prune"]).prints("freed 0 bytes\n");
    let pruned = cache(&["cache", "prune", "--to", &(both - 1).to_string()]);
    assert_eq!(pruned.code, Some(0), "{pruned:?}");
    let one = held(&cache(&["cache", "size"]));
    assert!(0 < one && one < both, "{one} of {both}");
    cache(&["cache", "prune", "--to", "0"]);
    cache(&["cache", "size"]).prints("0 bytes, of at most 1073741824\n");
    cache(&["cache", "prune", "--to", "lots"]).fails(2, &["lots"]);
}
