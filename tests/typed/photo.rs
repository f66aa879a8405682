//! The program that it began with: an image shrinker that never learns that files exist.

use std::path::{Path, PathBuf};

use crate::run::{built, forebay, run, run_with_input};
use crate::scratch;

/// A real photo, where `components/setup` could get it.
fn photo() -> Option<PathBuf> {
    let tools = std::env::var_os("FOREBAY_TOOLS").map(PathBuf::from);
    let tools = tools
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/forebay/tools")))?;
    let path = tools.join("programs/photo.jpg");
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} isn't there: run components/setup",
        path.display()
    );
    eprintln!("SKIPPED: {} isn't there: run components/setup", path.display());
    None
}

/// Width and height of a JPEG, from its frame header (ITU T.81, B.2.2).
fn dimensions(jpeg: &[u8]) -> (u16, u16) {
    let mut at = 2;
    loop {
        let (marker, length) =
            (jpeg[at + 1], usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]])));
        if matches!(marker, 0xc0..=0xc2) {
            let number = |from: usize| u16::from_be_bytes([jpeg[from], jpeg[from + 1]]);
            return (number(at + 7), number(at + 5));
        }
        at += 2 + length;
    }
}

#[test]
fn it_shrinks_a_photo_from_a_file_and_from_a_pipe() {
    let (Some(shrink), Some(photo)) = (built("rust/shrink"), photo()) else { return };
    let name = photo.to_str().unwrap();
    let bytes = std::fs::read(&photo).unwrap();
    let output = forebay().arg("run").arg(&shrink).args([name, "--width", "320"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(dimensions(&output.stdout).0, 320);
    assert!(dimensions(&bytes).0 > 320);
    let folder = scratch();
    let small = folder.path().join("small.jpg");
    run_with_input(&[], &shrink, &["-", "--width", "320", "-o", small.to_str().unwrap()], &bytes)
        .prints("");
    assert_eq!(std::fs::read(&small).unwrap(), output.stdout);
}

#[test]
fn it_imports_neither_files_nor_sockets() {
    let Some(shrink) = built("rust/shrink") else { return };
    let told = forebay().args(["inspect", "--json"]).arg(&shrink).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let imports: Vec<&str> =
        report["imports"].as_array().unwrap().iter().filter_map(|i| i["name"].as_str()).collect();
    assert_eq!(imports, ["wasi:io/error", "wasi:io/poll", "wasi:io/streams"]);
}

#[test]
fn it_says_what_is_wrong_with_its_arguments() {
    let Some(shrink) = built("rust/shrink") else { return };
    run(&[], &shrink, &["null:", "--width", "0"]).fails(1, &["at least one pixel"]);
    run(&[], &shrink, &["null:", "--format", "gif"]).fails(2, &["`gif`", "`jpeg`, `png`"]);
    run(&[], &shrink, &["null:", "--quality", "300"]).fails(2, &["0 to 255"]);
}
