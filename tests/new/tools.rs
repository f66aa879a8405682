//! The languages' own tools, as `components/setup` brings them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use support::places::temporary;

/// Where `components/setup` puts what it installs.
fn folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = || of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")));
    let tools = of("FOREBAY_TOOLS").or_else(|| Some(cache()?.join("forebay/tools")));
    tools.expect("HOME is set")
}

/// Folders of programs, the tools' own before the system's.
fn path() -> Vec<PathBuf> {
    let tools = folder();
    let mut folders = vec![tools.join("node/node_modules/.bin"), tools.join("python/bin")];
    let zig = std::fs::read_dir(tools.join("python/lib")).into_iter().flatten().flatten();
    folders.extend(zig.map(|python| python.path().join("site-packages/ziglang")));
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders
}

/// What a user's shell would have set, for these tools.
pub fn environment() -> Vec<(String, OsString)> {
    let mut set = vec![("PATH".to_owned(), std::env::join_paths(path()).unwrap())];
    for name in ["HOME", "RUSTUP_HOME", "CARGO_HOME", "GOCACHE", "GOPATH"] {
        set.extend(std::env::var_os(name).map(|value| (name.to_owned(), value)));
    }
    set.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".into()));
    set.push(("ZIG_LOCAL_CACHE_DIR".to_owned(), temporary().join("zig").into()));
    set.push(("ZIG_GLOBAL_CACHE_DIR".to_owned(), temporary().join("zig").into()));
    if !has_rustup_target() {
        // Debian's compiler with its library's sources, as `components/toolchain.sh` has it.
        let wasi = "-Clink-self-contained=no -L/usr/lib/wasm32-wasi -Clink-arg=/usr/lib/wasm32-wasi/crt1-command.o";
        for (name, value) in [
            ("RUSTC", "/usr/bin/rustc"),
            ("RUSTC_BOOTSTRAP", "1"),
            ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22"),
            ("CARGO_TARGET_WASM32_WASIP1_LINKER", "wasm-ld-22"),
            ("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", wasi),
        ] {
            set.push((name.to_owned(), value.into()));
        }
    }
    set
}

/// Whether the compiler in use has the targets.
fn has_rustup_target() -> bool {
    let asked = std::process::Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let has = |root: &str, target: &str| Path::new(root).join("lib/rustlib").join(target).is_dir();
    sysroot.is_ok_and(|root| has(&root, "wasm32-unknown-unknown") && has(&root, "wasm32-wasip1"))
}

/// Whether a language's tools are there. If not, the test says so and is skipped, but not in CI.
pub fn are_there(lang: &str) -> bool {
    let on_path = |name: &str| path().iter().any(|folder| folder.join(name).is_file());
    let there = match lang {
        "rust" => {
            has_rustup_target() || (Path::new("/usr/bin/rustc").is_file() && on_path("wasm-ld-22"))
        }
        "python" => on_path("componentize-py"),
        "js" => on_path("componentize-js"),
        "go" => on_path("go"),
        "c" => on_path("make") && Path::new("/usr/lib/wasm32-wasi/libc.a").is_file(),
        "zig" => on_path("zig"),
        _ => on_path("asc"),
    };
    if !there {
        let missing = format!("the tools of {lang} are missing: run components/setup {lang}");
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("SKIPPED: {missing}");
    }
    there
}

/// Lets a project find what is slow to make anew: a link, where a user would install or build.
pub fn share(lang: &str, project: &Path) {
    let link = |target: PathBuf, name: &str| {
        std::fs::create_dir_all(&target).unwrap();
        std::os::unix::fs::symlink(target, project.join(name)).unwrap();
    };
    match lang {
        "rust" => link(temporary().join("new-rust"), "target"),
        "js" | "assemblyscript" => link(folder().join("node/node_modules"), "node_modules"),
        _ => {}
    }
}
