//! Random calls of preview 1 through our adapter, compared with the `wasmtime` on PATH: the same
//! errno of each, the same bytes in memory, the same files. The fuzz target `preview1` does the
//! same with scripts of its own.

#[path = "../../host/fuzz/preview1/mod.rs"]
mod preview1;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use preview1::{Run, Scratch, Script, Verdict, before, compare, guest, where_memory_differs};

/// How many scripts; `DIFFERENTIAL_SEEDS=FROM..TO` tries others.
const SEEDS: std::ops::Range<u64> = 0..300;

/// No call of these waits for longer than a moment.
const WEDGED: &str = "20s";

fn wasmtime() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("wasmtime")).find(|file| file.exists())
}

fn run(command: &mut Command, scratch: &Scratch, guest: &Path) -> (Run, String) {
    for (directory, name) in [(scratch.control(), "/control"), (scratch.play(), "/play")] {
        command.arg("--dir").arg(format!("{}::{name}", directory.display()));
    }
    let output = command
        .args(["--env", "NAME=value"])
        .arg(guest)
        .args(["one", "two"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    // Both say 134 for a trap, or die of a signal.
    let exit = output.status.code().filter(|code| *code < 126);
    (Run::of(scratch, output.stdout, exit).expect("a log"), stderr)
}

struct Contenders {
    wasmtime: PathBuf,
    guest: PathBuf,
    cache: PathBuf,
}

impl Contenders {
    fn ours(&self, script: &Script) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
        command.env("XDG_CACHE_HOME", &self.cache).args(["run", "--timeout", WEDGED]);
        let (run, stderr) =
            run(&mut command, &Scratch::new(script).expect("a folder"), &self.guest);
        assert!(!stderr.contains("panicked"), "{stderr}");
        run
    }

    fn peer(&self, script: &Script) -> Run {
        let mut command = Command::new(&self.wasmtime);
        command.args(["run", "-W", &format!("timeout={WEDGED}")]);
        run(&mut command, &Scratch::new(script).expect("a folder"), &self.guest).0
    }
}

#[test]
fn random_calls_do_what_native_preview_1_does() {
    let Some(wasmtime) = wasmtime() else {
        eprintln!("SKIPPED: there is no wasmtime on PATH to compare with");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let guest_path = folder.path().join("guest.wasm");
    std::fs::write(&guest_path, wat::parse_str(guest()).expect("the guest is well-formed"))
        .expect("a file");
    let contenders = Contenders { wasmtime, guest: guest_path, cache: folder.path().join("cache") };
    let (mut same, mut calls) = (0, 0);
    let mut known = std::collections::BTreeMap::<&str, usize>::new();
    let mut different = Vec::new();
    for seed in seeds() {
        let script = Script::seeded(seed);
        let (ours, peer) = (contenders.ours(&script), contenders.peer(&script));
        match compare(&script, &ours, &peer) {
            Verdict::Same(count) => {
                same += 1;
                calls += count;
            }
            Verdict::Known(count, why) => {
                *known.entry(why).or_default() += 1;
                calls += count;
            }
            Verdict::Different { at, what } => {
                let dump = script.dump_after(at);
                let bytes = where_memory_differs(&contenders.ours(&dump), &contenders.peer(&dump));
                let before = before(&script, at, &ours, &peer).join("\n  ");
                different.push(format!("seed {seed}:\n  {before}\n  call {at}: {what} {bytes:?}"));
            }
        }
    }
    println!("{calls} calls; {same} scripts the same to their end; known differences: {known:#?}");
    assert!(different.is_empty(), "{} scripts:\n{}", different.len(), different.join("\n"));
    let scripts = seeds().count();
    assert!(calls > scripts * 10, "only {calls} calls were compared");
    assert!(same > scripts / 10, "only {same} scripts were compared to their end");
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("DIFFERENTIAL_SEEDS") else { return SEEDS };
    let (from, to) = text.split_once("..").expect("FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}
