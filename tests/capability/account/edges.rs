//! Numbers at the edges of their types, for functions that allocate, wait or seek by them: each
//! ends at once, and none is a bug of ours.

use std::time::{Duration, Instant};

use support::places::scratch;

use super::endless;
use super::guest::stays_small;

/// A call: the interface, the function, its core parameters and results, and its arguments, in which
/// `HUGE` stands for each of the numbers. `DIR` and `FILE` are handles that were opened before.
type Call = (&'static str, &'static str, &'static str, &'static str);

const CALLS: &[Call] = &[
    ("random/random", "get-random-bytes", "i64 i32", "HUGE (i32.const 64)"),
    ("random/insecure", "get-insecure-random-bytes", "i64 i32", "HUGE (i32.const 64)"),
    ("clocks/monotonic-clock", "subscribe-duration", "i64 i32r", "HUGE"),
    ("clocks/monotonic-clock", "subscribe-instant", "i64 i32r", "HUGE"),
    ("io/streams", "[method]input-stream.read", "i32 i64 i32", "IN HUGE (i32.const 64)"),
    ("io/streams", "[method]input-stream.skip", "i32 i64 i32", "IN HUGE (i32.const 64)"),
    ("io/streams", "[method]input-stream.blocking-read", "i32 i64 i32", "IN HUGE (i32.const 64)"),
    ("io/streams", "[method]input-stream.blocking-skip", "i32 i64 i32", "IN HUGE (i32.const 64)"),
    ("io/streams", "[method]output-stream.splice", "i32 i32 i64 i32", "OUT IN HUGE (i32.const 64)"),
    (
        "io/streams",
        "[method]output-stream.blocking-splice",
        "i32 i32 i64 i32",
        "OUT IN HUGE (i32.const 64)",
    ),
    ("io/streams", "[method]output-stream.write-zeroes", "i32 i64 i32", "OUT HUGE (i32.const 64)"),
    (
        "io/streams",
        "[method]output-stream.blocking-write-zeroes-and-flush",
        "i32 i64 i32",
        "OUT HUGE (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.read",
        "i32 i64 i64 i32",
        "DIR HUGE HUGE (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.read",
        "i32 i64 i64 i32",
        "FILE HUGE (i64.const 0) (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.read",
        "i32 i64 i64 i32",
        "FILE (i64.const 9) HUGE (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.write",
        "i32 i32 i32 i64 i32",
        "FILE (i32.const 0) (i32.const 9) HUGE (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.read-via-stream",
        "i32 i64 i32",
        "FILE HUGE (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.write-via-stream",
        "i32 i64 i32",
        "FILE HUGE (i32.const 64)",
    ),
    ("filesystem/types", "[method]descriptor.set-size", "i32 i64 i32", "FILE HUGE (i32.const 64)"),
    (
        "filesystem/types",
        "[method]descriptor.advise",
        "i32 i64 i64 i32 i32",
        "FILE HUGE HUGE (i32.const 1) (i32.const 64)",
    ),
    (
        "filesystem/types",
        "[method]descriptor.set-times",
        "i32 i32 i64 i32 i32 i64 i32 i32",
        "FILE (i32.const 2) HUGE (i32.const 999999999) (i32.const 2) HUGE (i32.const -1) (i32.const 64)",
    ),
];

const HUGE: [&str; 5] =
    ["-1", "0x7fffffffffffffff", "0x8000000000000000", "0x100000000", "0xffffffff"];

/// A guest that makes one call. What it opens before is in `$in`, `$out`, `$dir` and `$file`.
fn calling(number: usize, call: &Call, huge: &str) -> std::path::PathBuf {
    let (interface, function, types, arguments) = call;
    let result = if types.ends_with('r') { "(result i32)" } else { "" };
    let params = types.trim_end_matches(" i32r");
    let ignored = if result.is_empty() { "" } else { "drop" };
    let file = arguments.contains("FILE") || arguments.contains("DIR");
    let mut interfaces = vec![format!("wasi:{interface}@0.2.12")];
    let mut add = |name: &str| {
        if !interfaces.contains(&name.to_owned()) {
            interfaces.push(name.to_owned());
        }
    };
    add("forebay:%stream/open@0.1.0");
    add("wasi:io/streams@0.2.12");
    if file {
        add("wasi:filesystem/types@0.2.12");
        add("wasi:filesystem/preopens@0.2.12");
    }
    let opening = if file {
        r#"(call $dirs (i32.const 32))
        (local.set $dir (i32.load (i32.load (i32.const 32))))
        (call $open-at (local.get $dir) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 1)
          (i32.const 3) (i32.const 32))
        (if (i32.load8_u (i32.const 32)) (then (return (i32.const 1))))
        (local.set $file (i32.load (i32.const 36)))"#
    } else {
        ""
    };
    let filesystem = if file {
        r#"(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $dirs (param i32)))
        (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
          (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))"#
    } else {
        ""
    };
    let imports = format!(
        r#"{filesystem}
        (import "forebay:stream/open@0.1.0" "source" (func $source (param i32 i32 i32)))
        (import "forebay:stream/open@0.1.0" "sink" (func $sink (param i32 i32 i32)))
        (import "wasi:{interface}@0.2.12" "{function}" (func $call (param {params}) {result}))
        (data (i32.const 0) "zero:null:") (data (i32.const 16) "file")"#
    );
    let arguments = arguments
        .replace("HUGE", &format!("(i64.const {huge})"))
        .replace("IN", "(local.get $in)")
        .replace("OUT", "(local.get $out)")
        .replace("DIR", "(local.get $dir)")
        .replace("FILE", "(local.get $file)");
    let body = format!(
        r#"(local $in i32) (local $out i32) (local $dir i32) (local $file i32)
        (call $source (i32.const 0) (i32.const 5) (i32.const 32))
        (local.set $in (i32.load (i32.const 36)))
        (call $sink (i32.const 5) (i32.const 5) (i32.const 32))
        (local.set $out (i32.load (i32.const 36)))
        {opening}
        (call $call {arguments}) {ignored}"#
    );
    let interfaces: Vec<&str> = interfaces.iter().map(String::as_str).collect();
    endless(&format!("edge-{number}"), &interfaces, &imports, &body)
}

#[test]
fn numbers_at_the_edges_of_their_types() {
    let folder = scratch();
    std::fs::write(folder.path().join("file"), "content").unwrap();
    let dir = format!("{}::.", folder.path().display());
    for (number, call) in CALLS.iter().enumerate() {
        for huge in HUGE {
            let guest = calling(number, call, huge);
            let begun = Instant::now();
            let ended = stays_small(&["--dir", &dir], &guest, &[]);
            let told = format!("{} of {huge}: {:?} {}", call.1, ended.code, ended.stderr);
            assert!(matches!(ended.code, Some(0 | 1 | 134)), "{told}");
            assert!(!ended.stderr.contains("panicked") && !ended.stderr.contains("bug"), "{told}");
            assert!(begun.elapsed() < Duration::from_secs(15), "{told}");
        }
    }
}
