//! Apps run by the library, without the command.

use forebay::app::{App, GuestSpec, Sources};
use forebay::capability::stdio::{Capture, Output};
use forebay::config::Config;
use forebay::error::Class;
use forebay::run::Exit;
use forebay::runtime::Runtime;

use crate::run::wat;
use crate::scratch;

#[allow(dead_code, reason = "its `main` is the example's")]
#[path = "../../host/examples/manifest.rs"]
mod example;

const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests");

/// Writes a manifest.
fn manifest(text: &str) -> (tempfile::TempDir, String) {
    let folder = scratch();
    let path = folder.path().join("forebay.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_runs_a_manifest() {
    let (_folder, path) =
        manifest(&format!("main = \"a\"\n[guest.a]\nsource = \"{GUESTS}/exit.wat\""));
    assert_eq!(example::run(&path).await.unwrap().exit, Exit::Code(3));
    assert_eq!(example::run("/nowhere.toml").await.unwrap_err().class(), Class::NotFound);
}

/// What `hello`, called by the main guest, wrote to where it's told to; what the manifest says of
/// it besides is `said`.
async fn heard(said: &str, amended: bool) -> String {
    let hello = wat("hello").display().to_string();
    let (_folder, path) = manifest(&format!(
        "main = \"front\"\n[guest.front]\nsource = \"{GUESTS}/graph/front.wat\"\n\
         [guest.hello]\nsource = \"{hello}\"\n{said}"
    ));
    let captured = Capture::new(100);
    let mut app = App::open(&path, &Sources::default()).unwrap();
    if amended {
        let stdout = Some(Output::Capture(captured.clone()));
        app.amend(GuestSpec { stdout, ..GuestSpec::new("hello") }).unwrap();
    }

    let program = app.link(&Runtime::new(Config::default()).unwrap()).await.unwrap();
    let outcome = program.run(&app.main().args, &app.stdio()).await.unwrap();
    assert_eq!(outcome.exit, Exit::Code(0));
    String::from_utf8(captured.contents()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_besides_a_manifest_reaches_the_guest() {
    assert_eq!(heard("stdout = \"none\"", true).await, "hello, wasm!\n");
    assert_eq!(heard("stdout = \"none\"", false).await, "");
}
