//! The committed bytes of the adapter are what its sources make.

use std::path::{Path, PathBuf};
use std::process::Command;

fn adapter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("adapter")
}

/// Without a toolchain this is all that can be checked; with one it says quickly what the other
/// test says slowly.
#[test]
fn the_bytes_belong_to_the_sources() {
    let output =
        Command::new(adapter().join("build")).arg("--sources").output().expect("the script runs");
    let recorded =
        std::fs::read(adapter().join("built/sources.sha256")).expect("the hash is there");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&recorded),
        "the sources have changed: run adapter/build"
    );
}

#[test]
fn building_again_makes_the_same_bytes() {
    let out = tempfile::tempdir().expect("a temporary directory");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("adapter");
    let output = Command::new(adapter().join("build"))
        .arg(out.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("the script runs");
    // No toolchain that could build it.
    if output.status.code() == Some(77) {
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in [
        "command.wasm",
        "reactor.wasm",
        "command-heap.wasm",
        "reactor-heap.wasm",
        "command-preopens.wasm",
        "reactor-preopens.wasm",
    ] {
        let (built, committed) = (
            std::fs::read(out.path().join(name)),
            std::fs::read(adapter().join("built").join(name)),
        );
        assert!(
            built.expect("it was built") == committed.expect("it is committed"),
            "{name} differs: run adapter/build"
        );
    }
}
