//! Compositions as files: the same guests give the same bytes, which run, with grants for each
//! guest, and are explained.

use crate::run::{Ended, built, forebay};
use crate::{graph, scratch};

#[test]
fn a_composition_is_deterministic_and_runs() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["a.wasm", "b.wasm"] {
        graph(&[
            "compose",
            "--with",
            "double.wat",
            "--with",
            "mesh.wat",
            "plain.wat",
            "-o",
            &path(name),
        ])
        .prints("");
    }
    assert!(std::fs::read(path("a.wasm")).unwrap() == std::fs::read(path("b.wasm")).unwrap());
    graph(&["run", &path("a.wasm"), "5"]).prints("31\n");
}

#[test]
fn guests_of_a_composed_file_have_grants_of_their_own() {
    let (folder, Some(probe)) = (scratch(), built("rust/probe")) else { return };
    let out = folder.path().join("out.wasm");
    graph(&[
        "compose",
        "-q",
        "--with",
        probe.to_str().unwrap(),
        "front.wat",
        "-o",
        out.to_str().unwrap(),
    ])
    .prints("");
    // Without arguments it prints its usage on standard error.
    let run =
        |flags: &[&str]| Ended::of(forebay().arg("run").args(flags).arg(&out).output().unwrap());
    // Nobody hears that unless it's granted; what it wrote last is told because it failed.
    let silent = run(&[]);
    assert_eq!((silent.code, silent.stdout.as_str()), (Some(2), ""));
    assert!(silent.stderr.starts_with("stderr: `probe` wrote last:\n"), "{silent:?}");
    run(&["--grant", "probe:--stderr=inherit"]).fails(2, &["usage: probe"]);
    run(&["--grant", "front:--stderr=inherit"])
        .fails(2, &["there is no guest `front`; there are `probe`"]);
}

#[test]
fn a_composed_file_whose_guests_have_grants_is_no_part_of_another_graph() {
    let (folder, Some(probe)) = (scratch(), built("rust/probe")) else { return };
    let path = |name: &str| folder.path().join(name).display().to_string();
    graph(&[
        "compose",
        "-q",
        "--with",
        probe.to_str().unwrap(),
        "front.wat",
        "-o",
        &path("whole.wasm"),
    ])
    .prints("");
    graph(&["check", "--with", &path("whole.wasm"), "front.wat"]).fails(
        125,
        &[
            "cause: `whole` is a composition with a guest `probe` that has grants of its own",
            "by `--with FILE`",
        ],
    );
    graph(&["compose", "--with", "mesh.wat", "double.wat", "-o", &path("both.wasm")]).prints("");
    graph(&["run", "--with", &path("both.wasm"), "plain.wat", "5"]).prints("31\n");
}

#[test]
fn check_says_whether_guests_fit() {
    graph(&["check", "--with", "mesh.wat", "app.wat"])
        .prints("fits: guests 2, links between them 1\n");
    graph(&["check", "app.wat"])
        .fails(125, &["`app` imports `acme:mesh/route@0.1.0`, which nobody provides"]);
}

#[test]
fn explain_says_who_is_linked_to_whom_and_who_may_touch_what() {
    let flags = [
        "--with",
        "mesh.wat",
        "--grant",
        "mesh:--net=tcp://a.example:1",
        "--env",
        "KEY=secret",
        "app.wat",
    ];
    let explain = |more: &[&str]| graph(&[&["explain"], more, &flags].concat());
    explain(&[]).prints(
        "app (main): app.wat\n  acme:mesh/route@0.1.0 is met by mesh as acme:mesh/route@0.1.3\n  is granted --env=KEY\n\
         mesh: mesh.wat\n  is granted --net=tcp://a.example:1\n",
    );
    let json: serde_json::Value = serde_json::from_str(&explain(&["--json"]).stdout).unwrap();
    assert_eq!(
        (&json["links"][0]["from"], &json["links"][0]["to"]),
        (&"app".into(), &"mesh".into())
    );
    assert_eq!(json["guests"][1]["grants"][0], "--net=tcp://a.example:1");
    explain(&["--mermaid"]).prints(
        "flowchart LR\n  g0([\"app\"])\n  g0 -.-> h0[(\"--env=KEY\")]\n  g1[\"mesh\"]\n  \
         g1 -.-> h1[(\"--net=tcp://a.example:1\")]\n  g0 -- \"acme:mesh/route@0.1.0\" --> g1\n",
    );
}

#[test]
fn explain_tells_authority_from_what_is_shared() {
    let Some(probe) = built("rust/probe") else { return };
    let ended = graph(&["explain", "--with", probe.to_str().unwrap(), "front.wat"]);
    let line = ended.stdout.lines().find(|line| line.contains("under grants of its own")).unwrap();
    assert!(
        line.contains("wasi:filesystem/preopens@") && !line.contains("wasi:filesystem/types@"),
        "{line}"
    );
    assert!(
        ended
            .stdout
            .lines()
            .any(|line| line.starts_with("  shares ") && line.contains("wasi:filesystem/types@"))
    );
}

/// A guest, and a main one, which both write to a standard output of their own.
fn writers(folder: &std::path::Path) {
    let host = r#"(import "wasi:io/streams@0.2.12" (instance $s (export "output-stream" (type (sub resource)))))
        (alias export $s "output-stream" (type $o))
        (import "wasi:cli/stdout@0.2.12" (instance (alias outer 1 $o (type $t))
          (export "output-stream" (type $x (eq $t))) (type $own (own $x))
          (export "get-stdout" (func (result $own)))))"#;
    let other = format!(
        r#"(component {host}
            (core module $m (func (export "f") (result i32) i32.const 3)) (core instance $i (instantiate $m))
            (func $f (result u32) (canon lift (core func $i "f")))
            (instance $x (export "f" (func $f))) (export "a:b/c" (instance $x)))"#
    );
    let main = format!(
        r#"(component {host} (import "a:b/c" (instance $abc (export "f" (func (result u32)))))
            (alias export $abc "f" (func $f)) (core func $g (canon lower (func $f)))
            (core module $m (import "x" "g" (func $g (result i32))) (func (export "f") (result i32) call $g))
            (core instance $i (instantiate $m (with "x" (instance (export "g" (func $g))))))
            (func (export "main") (result u32) (canon lift (core func $i "f"))))"#
    );
    std::fs::write(folder.join("other.wat"), other).unwrap();
    std::fs::write(folder.join("main.wat"), main).unwrap();
}

#[test]
fn a_composition_is_inspected_explained_and_checked_like_any_program() {
    let folder = scratch();
    writers(folder.path());
    let forebay = |words: &[&str]| {
        Ended::of(forebay().current_dir(folder.path()).args(words).output().unwrap())
    };
    let compose = |more: &[&str], out: &str| {
        forebay(&[&["compose", "--with", "other.wat", "main.wat", "-o", out], more].concat())
    };
    let own = compose(&[], "own.wasm");
    assert_eq!(own.code, Some(0));
    assert!(
        own.stderr.contains("only a host of ours") && own.stderr.contains("--portable"),
        "{own:?}"
    );
    compose(&["--portable"], "portable.wasm").prints("");
    for file in ["own.wasm", "portable.wasm"] {
        let inspected = forebay(&["inspect", file]);
        assert_eq!((inspected.code, inspected.stderr.as_str()), (Some(0), ""), "{file}");
        assert_eq!(inspected.stdout.contains("other-stdout"), file == "own.wasm", "{inspected:?}");
        for command in ["explain", "check"] {
            assert_eq!(forebay(&[command, file]).code, Some(0), "{command} {file}");
        }
        forebay(&["run", file]).prints("3\n");
    }
    // Another host's rules: no names that implement an interface.
    let plain = |name: &str| {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        !bytes.windows(12).any(|window| window == b"other-stdout")
    };
    assert!(plain("portable.wasm") && !plain("own.wasm"));
}

#[test]
fn guests_with_grants_of_their_own_are_not_composed_for_any_host() {
    let folder = scratch();
    writers(folder.path());
    let manifest = |env: &str| {
        format!(
            "main = \"main\"\n[guest.main]\nsource = \"main.wat\"\n[guest.other]\nsource = \"other.wat\"\n{env}"
        )
    };
    std::fs::write(folder.path().join("same.toml"), manifest("")).unwrap();
    std::fs::write(folder.path().join("apart.toml"), manifest("env = { A = \"b\" }\n")).unwrap();
    let compose = |file: &str| {
        let mut command = forebay();
        command.current_dir(folder.path()).args(["compose", "--portable", file, "-o", "x.wasm"]);
        Ended::of(command.output().unwrap())
    };
    compose("same.toml").prints("");
    compose("apart.toml").fails(2, &["their grants differ", "leave out `--portable`"]);
}

#[test]
fn a_dash_is_standard_output_and_no_file() {
    let folder = scratch();
    writers(folder.path());
    let hello = concat!(env!("CARGO_MANIFEST_DIR"), "/components/wat/hello.wat");
    for words in [
        &["compose", "-q", "--with", "other.wat", "main.wat", "-o"][..],
        &["adapt", hello, "-o"],
        &["compile", hello, "-o"],
    ] {
        let run =
            |out: &str| forebay().current_dir(folder.path()).args(words).arg(out).output().unwrap();
        let (said, written) = (run("-"), run("file"));
        assert!(said.status.success() && written.status.success(), "{said:?} {written:?}");
        assert!(!folder.path().join("-").exists());
        assert!(said.stdout == std::fs::read(folder.path().join("file")).unwrap(), "{words:?}");
    }
}

#[test]
fn what_is_written_to_replaces_no_link_and_no_device() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    let compose = |out: &std::path::Path| {
        let out = out.to_str().unwrap();
        graph(&["compose", "--with", "double.wat", "--with", "mesh.wat", "plain.wat", "-o", out])
    };

    std::os::unix::fs::symlink("/dev/null", path("device")).unwrap();
    compose(&path("device")).prints("");
    assert!(path("device").is_symlink() && std::fs::read(path("device")).unwrap().is_empty());

    std::fs::write(path("file"), "old").unwrap();
    std::os::unix::fs::symlink("file", path("link")).unwrap();
    compose(&path("link")).prints("");
    assert!(path("link").is_symlink() && std::fs::read(path("file")).unwrap().len() > 3);
}
