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
    assert_eq!((run(&[]).code, run(&[]).stderr.as_str()), (Some(2), ""));
    run(&["--grant", "probe:--stderr=inherit"]).fails(2, &["usage: probe"]);
    run(&["--grant", "front:--stderr=inherit"])
        .fails(2, &["there is no guest `front`; there are `probe`"]);
}

#[test]
fn a_composed_file_whose_guests_have_grants_is_no_part_of_another_graph() {
    let (folder, Some(probe)) = (scratch(), built("rust/probe")) else { return };
    let path = |name: &str| folder.path().join(name).display().to_string();
    graph(&["compose", "--with", probe.to_str().unwrap(), "front.wat", "-o", &path("whole.wasm")])
        .prints("");
    graph(&["check", "--with", &path("whole.wasm"), "front.wat"]).fails(
        125,
        &[
            "cause: `whole` is a composition with a guest `probe` that has grants of its own",
            "by `--with`",
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
