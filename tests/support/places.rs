//! Where the checkout, the binary, its guests and scratch space are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The checkout.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // Cargo says at run time where the tested package lies. What it said when this was compiled may
        // be another checkout, if they share compiled dependencies.
        let now = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = now.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let is_root = |folder: &&Path| folder.join("tests/support/places.rs").is_file();
        package.ancestors().find(is_root).expect("the package is in a checkout").to_owned()
    })
}

/// The binary that is tested: cargo says where it is, or it lies beside the folder of the test's
/// own, where cargo puts it.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CARGO_BIN_EXE_forebay") {
        return path.into();
    }

    let test = std::env::current_exe().unwrap();
    let binary = test.ancestors().nth(2).unwrap().join("forebay");
    assert!(binary.exists(), "there is no {}: run `cargo test`", binary.display());

    binary
}

/// Where tests may write, beside what was built.
pub fn temporary() -> PathBuf {
    let folder = binary().ancestors().nth(2).unwrap().join("tmp");
    std::fs::create_dir_all(&folder).unwrap();

    folder
}

/// A scratch folder, which goes with its value.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in(temporary()).unwrap()
}

/// A file in a folder, as an argument.
pub fn file(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();

    path.to_str().unwrap().to_owned()
}

/// A guest of `tests/guests` or `components/wat`.
pub fn wat(name: &str) -> PathBuf {
    let own = root().join("tests/guests").join(format!("{name}.wat"));

    if own.exists() { own } else { root().join("components/wat").join(format!("{name}.wat")) }
}

/// A guest built by `components/build`; `None`, as [`found`] says, where it wasn't.
pub fn built(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FOREBAY_COMPONENTS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| root().join("target/components"));

    found(folder.join(name).with_extension("wasm"))
}

/// A program that `components/setup` fetched; `None`, as [`found`] says, where it wasn't.
pub fn fetched(name: &str) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = || folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    let tools = folder("FOREBAY_TOOLS").or_else(|| Some(cache()?.join("forebay/tools")));

    found(tools.expect("HOME is set").join("programs").join(name).with_extension("wasm"))
}

/// A program, or none where it wasn't built or fetched: then the test says so and is skipped, but
/// not in CI.
fn found(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }

    let missing =
        format!("{} is missing: run components/setup and components/build", path.display());
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    eprintln!("SKIPPED: {missing}");

    None
}
