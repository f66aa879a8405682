//! Each guest has its own grants, and nobody else's. The main guest, `front`, has everything here;
//! `probe` what the test says.

use crate::run::{Ended, built, forebay};
use crate::scratch;

/// Runs `front` with `probe` behind it: its arguments as TOML, what more its table says, and flags.
/// In the store that both share and in one of its own it ends the same. `None` where it wasn't
/// built.
fn probe(args: &str, table: &str, flags: &[&str]) -> Option<Ended> {
    let shared = probe_in_a_store(args, table, flags)?;
    let isolated = probe_in_a_store(args, &format!("{table}\nisolate = true"), flags)?;
    let place = |ended: &Ended| {
        ended.stderr.split('/').filter(|part| !part.starts_with(".tmp")).collect::<String>()
    };
    assert_eq!(
        (shared.code, &shared.stdout, place(&shared)),
        (isolated.code, &isolated.stdout, place(&isolated))
    );
    Some(shared)
}

fn probe_in_a_store(args: &str, table: &str, flags: &[&str]) -> Option<Ended> {
    let (folder, probe) = (scratch(), built("rust/probe")?);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::create_dir(folder.path().join("private")).unwrap();
    std::fs::write(folder.path().join("data/file"), "data").unwrap();
    std::fs::write(folder.path().join("private/secret"), "secret").unwrap();
    let front = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/front.wat");
    let manifest = format!(
        r#"main = "front"
           [guest.front]
           source = "{front}"
           dirs = ["private::/private"]
           env = {{ SECRET = "1" }}
           net = ["all"]
           [guest.probe]
           source = "{}"
           args = {args}
           stdout = "inherit"
           {table}"#,
        probe.display()
    );
    let path = folder.path().join("forebay.toml");
    std::fs::write(&path, manifest).unwrap();
    Some(Ended::of(
        forebay().arg("run").args(flags).arg(&path).current_dir(folder.path()).output().unwrap(),
    ))
}

#[test]
fn variables_are_each_guests_own() {
    let Some(ended) = probe(r#"["env"]"#, r#"env = { A = "b" }"#, &["--env", "B=c"]) else {
        return;
    };
    ended.prints("A=b\n");
    let Some(ended) = probe(r#"["env"]"#, "", &["--grant", "probe:--env=C=d"]) else { return };
    ended.prints("C=d\n");
}

#[test]
fn arguments_are_each_guests_own() {
    let Some(ended) = probe(r#"["args", "x"]"#, "", &[]) else { return };
    ended.prints("x\n");
}

#[test]
fn directories_are_each_guests_own() {
    let Some(ended) = probe(r#"["read", "/data/file"]"#, r#"dirs = ["data::/data::ro"]"#, &[])
    else {
        return;
    };
    ended.prints("data");
    let Some(ended) =
        probe(r#"["read", "/data/file"]"#, "", &["--grant", "probe:--dir=data::/data"])
    else {
        return;
    };
    ended.prints("data");
    let Some(ended) = probe(r#"["read", "/private/secret"]"#, r#"dirs = ["data::/data::ro"]"#, &[])
    else {
        return;
    };
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), "error: no-preopen\n"));
}

#[test]
fn a_denial_names_the_guest_and_the_flag_that_grants_it() {
    let Some(ended) =
        probe(r#"["write", "/data/file", "x"]"#, r#"dirs = ["data::/data::ro"]"#, &[])
    else {
        return;
    };
    ended.fails(
        1,
        &[
            "denied: `probe` may not change `file` in `/data`",
            "allow it with dirs = [\"",
            "data::/data\"] in [guest.probe] of the manifest\n",
        ],
    );
    let Some(ended) = probe(r#"["read", "/data/file"]"#, "", &["--dir", "data::/data"]) else {
        return;
    };
    ended.fails(
        1,
        &["hint: `probe` was granted no directory; if it wants files, allow it with dirs = [\"HOST::GUEST\"] in [guest.probe]"],
    );
}

#[test]
fn networks_are_each_guests_own() {
    let cases = [
        (
            r#"["connect", "127.0.0.1:9"]"#,
            "connect to tcp://127.0.0.1:9; allow it with net = [\"tcp://127.0.0.1:9\"] in [guest.probe] of the manifest",
        ),
        (
            r#"["resolve", "localhost"]"#,
            "look up the name `localhost`; allow it with net = [\"tcp://localhost:*\"] in [guest.probe]",
        ),
        (r#"["http", "http://127.0.0.1:9/"]"#, "connect to tcp://127.0.0.1:9"),
        (r#"["udp-bind", "127.0.0.1:0"]"#, "listen on udp://127.0.0.1:0"),
    ];
    for (args, denied) in cases {
        let Some(ended) = probe(args, "", &["--net", "all"]) else { return };
        ended.fails(1, &[&format!("denied: `probe` may not {denied}")]);
    }
    let Some(ended) = probe(r#"["resolve", "localhost"]"#, r#"net = ["tcp://localhost:*"]"#, &[])
    else {
        return;
    };
    assert!(ended.code == Some(0) && ended.stdout.contains("127.0.0.1"), "{ended:?}");
}

#[test]
fn standard_streams_are_each_guests_own() {
    let Some(ended) = probe(r#"["stderr", "x"]"#, "", &[]) else { return };
    ended.prints("");
    let Some(ended) = probe(r#"["stderr", "x"]"#, "", &["--grant", "probe:--stderr=inherit"])
    else {
        return;
    };
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), "x\n"));
    let Some(ended) =
        probe(r#"["env"]"#, "", &["--grant", "probe:--stdout=none", "--grant", "probe:--env=A=b"])
    else {
        return;
    };
    ended.prints("");
}

#[test]
fn what_cant_be_granted_apart_is_refused() {
    let Some(probe3) = built("rust/probe3") else { return };
    let front = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/front3.wat");
    let ended =
        forebay().args(["run", "--net", "all", "--with"]).arg(probe3).arg(front).output().unwrap();
    Ended::of(ended).fails(
        125,
        &["`probe3` imports `wasi:sockets/types@0.3.0`, which hands out authority and can't be granted to it apart"],
    );
}

#[test]
fn grants_to_nobody_are_refused() {
    let Some(ended) = probe("[]", "", &["--grant", "prob:--env=A=b"]) else { return };
    ended.fails(2, &["there is no guest `prob`; there are `front`, `probe`"]);
    let Some(ended) = probe("[]", "", &["--grant", "probe:--fuel=1"]) else { return };
    ended.fails(2, &["unexpected argument '--fuel'"]);
    let Some(ended) = probe("[]", "", &["--grant", "probe"]) else { return };
    ended.fails(2, &["it names no guest"]);
}

#[test]
fn a_name_that_begins_with_anothers_is_not_taken_for_it() {
    let (folder, Some(second), Some(third)) =
        (scratch(), built("rust/typed"), built("rust/typed3"))
    else {
        return;
    };
    // `a` imports `async-open`, and `a-async` imports `open`.
    std::fs::copy(third, folder.path().join("a.wasm")).unwrap();
    std::fs::copy(second, folder.path().join("a-async.wasm")).unwrap();
    for name in ["of-a", "of-a-async"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("file"), name).unwrap();
    }
    let read = |function: &str| {
        let mut command = forebay();
        command.current_dir(folder.path()).args([
            "call",
            "--with",
            "a.wasm",
            "--with",
            "a-async.wasm",
        ]);
        command.args(["--grant", "a:--dir=of-a::/in", "--grant", "a-async:--dir=of-a-async::/in"]);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/both.wat"));
        Ended::of(command.args([function, "/in/file"]).output().unwrap())
    };
    read("new").prints("of-a\n");
    read("old").prints("of-a-async\n");
}

#[test]
fn check_opens_the_directories_that_are_granted() {
    let folder = scratch();
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/components/wat/write.wat");
    let path = folder.path().join("forebay.toml");
    let manifest = |dirs: &str| {
        std::fs::write(
            &path,
            format!("main = \"app\"\n[guest.app]\nsource = \"{app}\"\ndirs = [\"{dirs}\"]"),
        )
        .unwrap();
        Ended::of(forebay().arg("check").arg(&path).output().unwrap())
    };
    manifest("data::/data::ro").fails(127, &["there is no directory", "data`", "guest `app`"]);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    assert_eq!(manifest("data::/data::ro").code, Some(0));
    manifest("data::/data:ro").fails(2, &["write `data::/data::ro`"]);
    manifest("data::ro").fails(2, &["write `data::data::ro`"]);
}
