//! The wasi-testsuite, through the binary: every case passes but those listed by name with their
//! reason, and those fail.
//!
//! The suite lies beside the checkout, in `../shared/conformance`, or where `FOREBAY_CONFORMANCE`
//! says.

mod execute;
mod known_failures;
mod service;
mod spec;
mod upstream;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use known_failures::KnownFailure;

#[test]
fn preview_1_through_our_adapter() {
    suite("c/wasm32-wasip1", &["--adapter", "forebay"], known_failures::OURS);
    suite("rust/wasm32-wasip1", &["--adapter", "forebay"], known_failures::OURS);
}

#[test]
fn preview_1_through_the_official_adapter() {
    suite("c/wasm32-wasip1", &["--adapter", "official"], known_failures::OFFICIAL);
    suite("rust/wasm32-wasip1", &["--adapter", "official"], known_failures::OFFICIAL);
}

#[test]
fn wasi_0_3() {
    suite("rust/wasm32-wasip3", &[], known_failures::WASI03);
}

#[test]
fn all_of_it_on_a_file_system_of_our_own() {
    suite("c/wasm32-wasip1", &[execute::OVERLAY], known_failures::OURS);
    suite("rust/wasm32-wasip1", &[execute::OVERLAY], known_failures::OURS);
    suite("rust/wasm32-wasip3", &[execute::OVERLAY], known_failures::WASI03);
}

/// Runs every case of a folder on two threads.
fn suite(folder: &str, flags: &[&str], known: &[KnownFailure]) {
    let Some(folder) = conformance().map(|root| root.join("wasi-testsuite").join(folder)) else {
        return;
    };
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    let queue = Mutex::new(cases.into_iter());
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().next() else { break };
                    let name = case.file_stem().unwrap().to_str().unwrap().to_owned();
                    let result =
                        spec::read(&case).and_then(|spec| execute::run(&case, &spec, flags));
                    results.lock().unwrap().push((name, result));
                }
            });
        }
    });
    judge(&folder, results.into_inner().unwrap(), known);
}

fn judge(folder: &Path, results: Vec<(String, Result<(), String>)>, known: &[KnownFailure]) {
    let mut faults = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for (name, result) in results {
        match (result, known.iter().find(|known| known.case == name)) {
            (Ok(()), None) => passed += 1,
            (Err(_), Some(_)) => failed += 1,
            (Err(why), None) => faults.push(format!("{name} fails: {why}")),
            (Ok(()), Some(known)) => {
                faults.push(format!(
                    "{name} passes, but is listed as failing because {}: take it off",
                    known.reason
                ));
            }
        }
    }
    println!("{}: {passed} passed, {failed} known failures", folder.display());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn conformance() -> Option<PathBuf> {
    let own = std::env::var_os("FOREBAY_CONFORMANCE").map(PathBuf::from);
    let path =
        own.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"));
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "there is no conformance suite at {}",
        path.display()
    );
    eprintln!(
        "SKIPPED: there is no conformance suite at {}; say where it is in FOREBAY_CONFORMANCE",
        path.display()
    );
    None
}
