//! Typed calls, through the binary: values of every type, streams opened by the host, results,
//! help, opens by the guest.

mod asynchronous;
mod help;
mod http;
mod network;
mod opens;
mod outputs;
mod photo;
mod pipe;
#[path = "../capability/run.rs"]
mod run;
mod streams;
mod tls;
mod values;

use run::{Ended, built, forebay};

/// Runs `forebay call FLAGS GUEST FUNCTION WORDS`; `None` where the guest wasn't built.
fn call(flags: &[&str], guest: &str, words: &[&str]) -> Option<Ended> {
    let guest = built(guest)?;
    Some(Ended::of(forebay().arg("call").args(flags).arg(guest).args(words).output().unwrap()))
}

/// A scratch folder.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// A file in a folder, as an argument.
fn file(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
