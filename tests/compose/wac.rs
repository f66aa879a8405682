//! Compositions in the language WAC.

use crate::run::{Ended, forebay};
use crate::scratch;

const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");

const COMPOSED: &str = r#"package demo:composed;

let mesh = new acme:mesh {};
let between = new acme:hundred { "acme:mesh/route@0.1.0": mesh["acme:mesh/route@0.1.3"] };
let app = new acme:app { "acme:mesh/route@0.1.0": between["acme:mesh/route@0.1.0"] };
export app.main;
"#;

/// Runs `forebay WORDS` beside `app.wac`, whose packages are in `deps`.
fn wac(text: &str, words: &[&str]) -> Ended {
    let folder = scratch();
    let deps = folder.path().join("deps/acme");
    std::fs::create_dir_all(&deps).unwrap();
    for guest in ["app", "mesh", "hundred"] {
        std::fs::copy(format!("{GUESTS}/{guest}.wat"), deps.join(guest).with_extension("wat"))
            .unwrap();
    }
    std::fs::write(folder.path().join("app.wac"), text).unwrap();
    Ended::of(forebay().current_dir(folder.path()).args(words).output().unwrap())
}

#[test]
fn a_composition_runs_is_explained_and_composed() {
    wac(COMPOSED, &["run", "app.wac", "5"]).prints("316\n");
    wac(COMPOSED, &["check", "app.wac"]).prints("fits: guests 3, links between them 2\n");
    assert!(
        wac(COMPOSED, &["explain", "app.wac"])
            .stdout
            .contains("acme:mesh/route@0.1.0 is met by between")
    );
    wac(COMPOSED, &["compose", "app.wac", "-o", "out.wasm"]).prints("");
}

#[test]
fn its_guests_can_be_limited_and_given_by_flags() {
    wac(COMPOSED, &["run", "--grant=mesh:--isolate", "app.wac", "5"]).prints("316\n");
    let mistyped = format!("acme:mesh={GUESTS}/mistyped.wat");
    wac(COMPOSED, &["check", "--with", &mistyped, "app.wac"])
        .fails(2, &["the instance has no export named `acme:mesh/route@0.1.3`", "--> app.wac:4:"]);
    wac(COMPOSED, &["check", "--with", "acme:mash=x.wasm", "app.wac"])
        .fails(2, &["`--with acme:mash=x.wasm` is for nothing", "`app.wac` names no such package"]);
}

#[test]
fn only_what_is_passed_is_linked() {
    let implicit = COMPOSED
        .replace("{ \"acme:mesh/route@0.1.0\": between[\"acme:mesh/route@0.1.0\"] }", "{ ... }");
    wac(&implicit, &["check", "app.wac"]).fails(125, &["`app` imports `acme:mesh/route@0.1.0`"]);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let refused =
        |text: &str, code: i32, said: &[&str]| wac(text, &["check", "app.wac"]).fails(code, said);
    refused(
        &COMPOSED.replace("between[", "mess["),
        2,
        &["`app.wac` can't be used", "undefined name `mess`", "--> app.wac:5:", "^^^^"],
    );
    refused("package", 2, &["`app.wac` can't be used"]);
    refused(
        &COMPOSED.replace("acme:hundred", "acme:nowhere@1.0.0"),
        127,
        &["names the package `acme:nowhere`, which isn't there", "`deps/acme/nowhere/1.0.0.wasm`"],
    );
    refused(&COMPOSED.replace("export app.main;", ""), 2, &["it exports nothing"]);
    refused(
        &COMPOSED.replace(
            "export app.main;",
            "export app.main;\nexport mesh[\"acme:mesh/route@0.1.3\"];",
        ),
        2,
        &["it exports what `mesh` exports, and `app`"],
    );
}

#[test]
fn brackets_inside_each_other_are_refused_before_the_stack_ends() {
    let folder = scratch();
    let path = folder.path().join("deep.wac");
    for count in [201, 100_000] {
        let (open, close) = ("(".repeat(count), ")".repeat(count));
        let text = format!("package a:b;\nlet x = {open}new a:c {{}}{close};\n");
        std::fs::write(&path, text).unwrap();
        let ended = Ended::of(forebay().arg("check").arg(&path).output().unwrap());
        ended.fails(2, &["deep.wac", "too deep inside each other"]);
    }
}
