//! Files through preview 1: nanoseconds per call of reads and writes of three sizes, a directory's
//! listing, an open and close, the clock. Ours beside the official adapter in the same host, and
//! beside the peer's native preview 1.

use std::path::Path;

use crate::contender::Contender;
use crate::{Row, median};

const SAMPLES: usize = 5;
const FILE: usize = 16 << 20;
const ENTRIES: usize = 10_000;

/// What a guest does again and again, and how often.
struct Case {
    what: String,
    /// Divides the time of the difference: calls, or entries.
    units: usize,
    repeats: usize,
    body: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, size, repeats) in
        [("1 KiB", 1 << 10, 800_000), ("64 KiB", 1 << 16, 60_000), ("1 MiB", 1 << 20, 4_000)]
    {
        let rewind =
            "(drop (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 16)))";
        for function in ["write", "read"] {
            let every = FILE / size;
            cases.push(Case {
                what: format!("fd_{function} of {what}"),
                units: repeats,
                repeats,
                body: format!(
                    "(if (i32.eqz (i32.rem_u (local.get $left) (i32.const {every}))) (then {rewind}))
                     (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const {size}))
                     (loop $rest
                       (if (call ${function} (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
                       (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 8))))
                       (i32.store (i32.const 4) (i32.sub (i32.load (i32.const 4)) (i32.load (i32.const 8))))
                       (br_if $rest (i32.load (i32.const 4))))"
                ),
            });
        }
    }
    let mut push = |what: &str, units, repeats, body: &str| {
        cases.push(Case { what: what.into(), units, repeats, body: body.into() })
    };
    push(
        "path_open and fd_close",
        50_000,
        50_000,
        "(if (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0) (i64.const 2)
           (i64.const 0) (i32.const 0) (i32.const 24)) (then unreachable))
         (drop (call $close (i32.load (i32.const 24))))",
    );
    push(
        "clock_time_get",
        1_000_000,
        1_000_000,
        "(drop (call $clock (i32.const 1) (i64.const 0) (i32.const 16)))",
    );
    push(
        "fd_readdir, an entry of 10,000",
        ENTRIES * 3,
        3,
        "(i64.store (i32.const 16) (i64.const 0))
         (if (call $open (i32.const 3) (i32.const 0) (i32.const 40) (i32.const 4) (i32.const 2) (i64.const 16384)
           (i64.const 0) (i32.const 0) (i32.const 24)) (then unreachable))
         (loop $more (local $at i32) (local $end i32)
           (if (call $readdir (i32.load (i32.const 24)) (i32.const 65536) (i32.const 32768) (i64.load (i32.const 16))
             (i32.const 8)) (then unreachable))
           ;; The last whole entry's cookie is where to go on.
           (local.set $at (i32.const 65536))
           (local.set $end (i32.add (i32.const 65536) (i32.load (i32.const 8))))
           (loop $next
             (if (i32.le_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)) (then
               (if (i32.le_u (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at)))
                 (local.get $end)) (then
                   (i64.store (i32.const 16) (i64.load (local.get $at)))
                   (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
                   (br $next))))))
           (br_if $more (i32.eq (i32.load (i32.const 8)) (i32.const 32768))))
         (drop (call $close (i32.load (i32.const 24))))",
    );
    cases
}

fn guest(case: &Case, repeats: usize) -> String {
    let locals = "(local $at i32) (local $end i32)";
    let body = case.body.replace(locals, "");
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (memory (export "memory") 32)
          (data (i32.const 32) "file") (data (i32.const 40) "many")
          (func (export "_start") {locals} (local $left i32) (local $fd i32)
            (if (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0) (i64.const 70)
              (i64.const 0) (i32.const 0) (i32.const 24)) (then unreachable))
            (local.set $fd (i32.load (i32.const 24)))
            (local.set $left (i32.const {repeats}))
            (loop $again
              {body}
              (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"#
    )
}

/// Measures each case with many repeats and with one, and divides.
pub fn measure(ours: &Contender, peer: Option<&Contender>, folder: &Path) -> Vec<Row> {
    // In memory if there is such a place, so that it's our price that is measured and not a disk's.
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    let data = memory.as_ref().map_or(folder, |memory| memory.path()).join("data");
    std::fs::create_dir_all(data.join("many")).expect("a folder");
    std::fs::write(data.join("file"), vec![b'x'; FILE]).expect("a file");
    for entry in 0..ENTRIES {
        std::fs::write(data.join(format!("many/entry-{entry}")), "").expect("a file");
    }
    let mount = format!("{}::/", data.display());
    let mut rows = Vec::new();
    for case in cases() {
        let guests = [case.repeats, 1].map(|repeats| {
            let path = folder.join(format!("io-{repeats}.wat"));
            std::fs::write(&path, guest(&case, repeats)).expect("a file");
            path.to_str().expect("a path of text").to_owned()
        });
        let price = |contender: &Contender, flags: &[&str]| {
            let [many, one] = [0, 1].map(|which| {
                let mut args = vec!["run", "--dir", &mount];
                args.extend(flags);
                args.push(&guests[which]);
                contender.whole(&args)
            });
            (many - one).max(0.0) * 1e6 / case.units as f64
        };
        let mut samples: [Vec<f64>; 3] = Default::default();
        for _ in 0..SAMPLES {
            samples[0].push(price(ours, &[]));
            samples[1].push(price(ours, &["--adapter", "official"]));
            if let Some(peer) = peer {
                samples[2].push(price(peer, &[]));
            }
        }
        let [ours, official, native] = samples;
        let ours = median(ours);
        let row = |what: String, peer| Row { what, ours, peer, unit: "ns" };
        rows.push(row(case.what.clone(), Some(("official adapter".into(), median(official)))));
        rows.push(row(
            case.what,
            peer.map(|_| ("wasmtime's native preview 1".into(), median(native))),
        ));
    }
    rows
}
