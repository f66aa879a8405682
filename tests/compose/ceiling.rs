//! A manifest that somebody else wrote wants no more than it may.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Ended, forebay};
use crate::scratch;

const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph");

/// A manifest whose guests want something of every kind.
const GREEDY: &str = r#"
    main = "app"
    [guest.app]
    source = "DIR/app.wat"
    args = ["5"]
    dirs = ["data::/data", "/::/host::ro"]
    [guest.mesh]
    source = "DIR/mesh.wat"
    net = ["tcp://*:443"]
    env = { TOKEN = "x" }
    stderr = "inherit"
    limits = { memory = "2MiB" }
"#;

/// All that it wants.
const ENOUGH: &str = r#"
    programs = ["DIR"]
    dirs = ["/::/::ro"]
    limits = { memory = "4MiB" }
    [guest.app]
    dirs = ["data"]
    limits = { memory = "1GiB" }
    [guest.mesh]
    net = ["all"]
    env = ["*"]
    stderr = "inherit"
"#;

/// Makes a folder with the manifest and a ceiling.
fn folder(manifest: &str, ceiling: &str) -> tempfile::TempDir {
    let folder = scratch();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text.replace("DIR", GUESTS)).unwrap();
    };
    write("forebay.toml", manifest);
    write("max.toml", ceiling);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    folder
}

fn run(folder: &Path, words: &[&str]) -> Ended {
    Ended::of(forebay().args(words).current_dir(folder).output().unwrap())
}

/// Runs the manifest under the ceiling.
fn under(manifest: &str, ceiling: &str) -> Ended {
    let folder = folder(manifest, ceiling);
    run(folder.path(), &["run", "--max-grants", "max.toml", "forebay.toml"])
}

#[test]
fn what_fits_runs_and_without_a_ceiling_everything_does() {
    let modest = GREEDY.replace("[guest.mesh]", "limits = { memory = \"64MiB\" }\n[guest.mesh]");
    under(&modest, ENOUGH).prints("16\n");
    let folder = folder(GREEDY, "");
    run(folder.path(), &["run", "forebay.toml"]).prints("16\n");
}

#[test]
fn everything_that_goes_over_it_is_listed_and_nothing_runs() {
    let wants = [
        "`forebay.toml` wants more than `max.toml` allows",
        "guest `app` wants to read and change the directory `data`",
        "guest `app` wants to read the directory `/`",
        "guest `mesh` wants the network `tcp://*:443`",
        "guest `mesh` wants to set the variable `TOKEN`",
        "guest `mesh` wants standard error",
        "mesh.wat` as a program",
    ];
    let ended = under(GREEDY, "");
    ended.fails(126, &wants);
    assert_eq!(ended.stdout, "");
    // A guest without a limit goes over any.
    let limit = ["guest `app` wants no `limits.memory`, where 4194304 is the most"];
    under(GREEDY, &ENOUGH.replace("limits = { memory = \"1GiB\" }", "")).fails(126, &limit);
    // What the ceiling says is read only once it's right.
    under(GREEDY, "dris = []").fails(2, &["`max.toml` can't be used", "`dris`"]);
}

#[test]
fn every_command_that_takes_a_manifests_grants_is_held() {
    let folder = folder(GREEDY, "");
    for command in ["run", "call", "check", "explain"] {
        let ended = run(folder.path(), &[command, "--max-grants", "max.toml", "forebay.toml"]);
        if command == "call" {
            // It needs a function's name, too.
            ended.fails(2, &["no function is named"]);
        } else {
            ended.fails(126, &["wants more than"]);
        }
    }
    let call = ["call", "--max-grants", "max.toml", "forebay.toml", "main", "5"];
    run(folder.path(), &call).fails(126, &["wants more than"]);
}

#[test]
fn flags_are_the_users_own_word() {
    let modest = "main = \"app\"\n[guest.app]\nsource = \"DIR/app.wat\"\nargs = [\"5\"]\n[guest.mesh]\nsource = \"DIR/mesh.wat\"";
    let folder = folder(modest, "programs = [\"DIR\"]");
    let flags = ["run", "--max-grants", "max.toml", "--dir", "data", "--grant", "mesh:--net=all"];
    run(folder.path(), &[&flags[..], &["forebay.toml"]].concat()).prints("16\n");
}

#[test]
fn a_program_that_is_no_manifest_has_no_wants() {
    let app = format!("{GUESTS}/app.wat");
    let mesh = format!("{GUESTS}/mesh.wat");
    let folder = folder("", "");
    for words in [
        &["run", "--max-grants", "max.toml", app.as_str(), "5"][..],
        &["run", "--max-grants", "max.toml", "--with", mesh.as_str(), app.as_str(), "5"],
        &["check", "--ask", "--with", mesh.as_str(), app.as_str()],
    ] {
        run(folder.path(), words).fails(2, &["is for a manifest, and", "app.wat` is none"]);
    }
}

/// Runs the manifest with `--ask` at a terminal at which `answer` is typed; the code, and what the
/// terminal shows.
fn ask(answer: &str) -> (Option<i32>, String) {
    let folder = folder(GREEDY, "");
    let binary = env!("CARGO_BIN_EXE_forebay");
    let line = format!("{binary} run --ask forebay.toml 2>&1");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).env("NO_COLOR", "1");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    typed.write_all(answer.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(typed);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn at_a_terminal_the_wants_are_shown_and_agreed_to() {
    let (code, shown) = ask("y\n");
    assert_eq!(code, Some(0), "{shown}");
    for part in ["`forebay.toml` wants:", "guest `mesh` wants the network", "[y/N]", "16"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for answer in ["n\n", "\n", "yeah\n"] {
        let (code, shown) = ask(answer);
        assert_eq!(code, Some(126), "{shown}");
        assert!(shown.contains("wants what wasn't agreed to"), "{shown}");
    }
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal_or_nothing_to_ask() {
    let folder = folder(GREEDY, ENOUGH);
    let alone = |words: &[&str]| {
        let mut command = Command::new("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_forebay"), "run", "--ask"]);
        Ended::of(command.args(words).current_dir(folder.path()).output().unwrap())
    };
    let wants = ["there is no terminal at which to ask", "wants the network", "--max-grants FILE"];
    alone(&["forebay.toml"]).fails(126, &wants);
    let modest = GREEDY.replace("[guest.mesh]", "limits = { memory = \"64MiB\" }\n[guest.mesh]");
    std::fs::write(folder.path().join("forebay.toml"), modest.replace("DIR", GUESTS)).unwrap();
    alone(&["--max-grants", "max.toml", "forebay.toml"]).prints("16\n");
}

/// A manifest by somebody else, whose main is a typed function.
fn typed(args: &str) -> tempfile::TempDir {
    let upper = format!("{}/components/wat/upper.wat", env!("CARGO_MANIFEST_DIR"));
    let manifest = format!("main = \"app\"\n[guest.app]\nsource = {upper:?}\nargs = [{args}]");
    let folder =
        folder(&manifest, &format!("programs = [{:?}]", Path::new(&upper).parent().unwrap()));
    std::fs::write(folder.path().join("secret"), "told\n").unwrap();
    folder
}

#[test]
fn what_its_words_have_the_host_open_is_not_the_users_word() {
    for (args, place) in [
        ("\"secret\"", "secret"),
        ("\"--input\", \"secret\"", "secret"),
        ("\"--input=secret\"", "secret"),
        ("\"file:secret\"", "secret"),
        ("\"-\", \"out\"", "out"),
        ("\"-\", \"-o\", \"out\"", "out"),
        ("\"fd:0\"", "fd:0"),
        ("\"tcp://127.0.0.1:9\"", "tcp://127.0.0.1:9"),
        ("\"http://127.0.0.1:9/\"", "http://127.0.0.1:9/"),
        ("\"@secret\"", "@secret"),
        ("\"--input=@secret\"", "@secret"),
    ] {
        let folder = typed(args);
        for held in [&["--max-grants", "max.toml"][..], &["--ask", "--max-grants", "max.toml"]] {
            let ended = run(folder.path(), &[&["run"], held, &["forebay.toml"]].concat());
            ended
                .fails(126, &["wants more than was agreed to", "`args` have the host open", place]);
            assert_eq!(ended.stdout, "");
        }
        assert!(!folder.path().join("out").exists());
    }
    // What it wants of itself is anybody's.
    let own = typed("\"data:,told\"");
    run(own.path(), &["run", "--max-grants", "max.toml", "forebay.toml"]).prints("TOLD");
}

#[test]
fn what_the_user_types_after_it_is_opened() {
    let folder = typed("\"--input\"");
    let held = ["run", "--max-grants", "max.toml"];
    run(folder.path(), &[&held[..], &["forebay.toml", "secret"]].concat()).prints("TOLD\n");
    // The same place twice takes the user's word twice.
    let twice = typed("\"secret\"");
    run(twice.path(), &[&held[..], &["forebay.toml", "secret"]].concat()).fails(126, &["`secret`"]);
    // Without a ceiling the manifest is the user's word.
    let folder = typed("\"secret\"");
    run(folder.path(), &["run", "forebay.toml"]).prints("TOLD\n");
}
