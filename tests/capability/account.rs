//! What the host holds for a guest, against guests that want it to hold ever more. Each has 64 MiB
//! of its own; the process stays below 400 MiB.

mod edges;
pub mod guest;
mod held;
mod mounted;

use guest::{MOST, guest, is_ended, measured, roomy, stays_small, written};

use crate::run::{Ended, forebay};

pub const RUN: &str = "export wasi:cli/run@0.2.12;";

/// A guest with this code, which runs for ever unless it's ended.
pub fn endless(name: &str, interfaces: &[&str], imports: &str, body: &str) -> std::path::PathBuf {
    let code = format!(
        r#"{imports}
        (func (export "wasi:cli/run@0.2.12#run") (result i32)
          (local $i i32) (local $handle i32) {body} (i32.const 0))"#
    );
    guest(name, interfaces, RUN, &code)
}

/// Opens a sink by the URL at 0 (its length in `$length`), and takes its handle from 1028.
const OPEN: &str = r#"
  (import "forebay:stream/open@0.1.0" "sink" (func $sink (param i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write"
    (func $check (param i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write"
    (func $write (param i32 i32 i32 i32)))"#;

const STREAMS: &[&str] = &["forebay:%stream/open@0.1.0", "wasi:io/streams@0.2.12"];

#[test]
fn what_is_written_to_memory() {
    let guest = endless(
        "mem",
        STREAMS,
        OPEN,
        r#"(i64.store (i32.const 0) (i64.const 0x3A6D656D)) ;; "mem:"
        (loop $name
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (i32.store8 (i32.const 4) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 26))))
          (call $sink (i32.const 0) (i32.const 5) (i32.const 1024))
          (local.set $handle (i32.const 0))
          (loop $more
            (call $check (i32.load (i32.const 1028)) (i32.const 2048))
            (call $write (i32.load (i32.const 1028)) (i32.const 131072) (i32.const 524288)
              (i32.const 2064))
            (if (i32.load8_u (i32.const 2064)) (then (return (i32.const 1))))
            (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $handle) (i32.const 400))))
          (br_if $name (i32.lt_u (local.get $i) (i32.const 26))))
"#,
    );
    let ended = stays_small(&[], &guest, &[]);
    ended.fails(1, &["may not have the host hold more than 268435456 bytes", "--max-host-memory"]);
}

#[test]
fn what_is_in_urls() {
    let guest = endless(
        "data",
        STREAMS,
        r#"(import "forebay:stream/open@0.1.0" "source" (func $source (param i32 i32 i32)))"#,
        r#"(i64.store (i32.const 131072) (i64.const 0x412C3A61746164))
        (memory.fill (i32.const 131078) (i32.const 65) (i32.const 524288))
        (loop $more
          (call $source (i32.const 131072) (i32.const 524288) (i32.const 1024))
          (br_if $more (i32.eqz (i32.load8_u (i32.const 1024)))))
        (return (i32.const 1))"#,
    );
    let ended = stays_small(&[], &guest, &[]);
    ended.fails(1, &["may not have the host hold more than 268435456 bytes", "--max-host-memory"]);
}

#[test]
fn memory_that_is_given_back_in_pieces() {
    // 220 MB in pieces of a kilobyte, of which every eighth is kept: the next 200 MB, in large pieces,
    // fit between none of them.
    let imports = format!(
        r#"{OPEN}
        (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.2.12" "[method]fields.append"
          (func $append (param i32 i32 i32 i32 i32 i32)))
        (import "wasi:http/types@0.2.12" "[resource-drop]fields" (func $drop (param i32)))"#
    );
    let guest = endless(
        "pieces",
        &[STREAMS, &["wasi:http/types@0.2.12"]].concat(),
        &imports,
        r#"(drop (memory.grow (i32.const 980)))
        (memory.fill (i32.const 131072) (i32.const 97) (i32.const 65000000))
        (loop $make
          (local.set $handle (call $fields))
          (i32.store offset=4096 (i32.mul (local.get $i) (i32.const 4)) (local.get $handle))
          (loop $append
            (call $append (local.get $handle) (i32.const 131072) (i32.const 10) (i32.const 131072)
              (i32.const 1000) (i32.const 50000))
            (i32.store offset=2048 (i32.const 0) (i32.add (i32.load offset=2048 (i32.const 0)) (i32.const 1)))
            (br_if $append (i32.rem_u (i32.load offset=2048 (i32.const 0)) (i32.const 100))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $make (i32.lt_u (local.get $i) (i32.const 2200))))
        (loop $give
          (local.set $i (i32.sub (local.get $i) (i32.const 1)))
          (if (i32.and (local.get $i) (i32.const 7))
            (then (call $drop (i32.load offset=4096 (i32.mul (local.get $i) (i32.const 4))))))
          (br_if $give (local.get $i)))
        (i64.store (i32.const 0) (i64.const 0x613A6D656D)) ;; "mem:a"
        (call $sink (i32.const 0) (i32.const 5) (i32.const 1024))
        (loop $more
          (call $check (i32.load (i32.const 1028)) (i32.const 2048))
          (call $write (i32.load (i32.const 1028)) (i32.const 131072) (i32.const 524288)
            (i32.const 2064))
          (br_if $more (i32.eqz (i32.load8_u (i32.const 2064)))))"#,
    );
    is_ended(&[], &guest, &[]);
}

#[test]
fn refusals() {
    let guest = endless(
        "denials",
        STREAMS,
        r#"(import "forebay:stream/open@0.1.0" "source" (func $source (param i32 i32 i32)))"#,
        r#"(memory.fill (i32.const 131072) (i32.const 47) (i32.const 1))
        (memory.fill (i32.const 131073) (i32.const 97) (i32.const 524288))
        (loop $more
          (i32.store8 (i32.const 131080) (i32.add (i32.const 65) (i32.and (local.get $i) (i32.const 31))))
          (i32.store8 (i32.const 131081) (i32.add (i32.const 65) (i32.shr_u (local.get $i) (i32.const 5))))
          (call $source (i32.const 131072) (i32.const 524288) (i32.const 1024))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 1000))))
        (return (i32.const 1))"#,
    );
    let ended = stays_small(&[], &guest, &[]);
    ended.fails(1, &["may not read `/aaa"]);
    assert!(ended.stderr.len() < 200_000, "{} bytes", ended.stderr.len());
    assert!(ended.stderr.contains("was refused 900 more"), "the rest is counted");
}

#[test]
fn globals_and_instances() {
    let globals = "(global i64 (i64.const 0))".repeat(50_000);
    let instances = "(core instance (instantiate $m))".repeat(900);
    let text = format!(
        r#"(component (core module $m {globals}) {instances}
          (core module $run (func (export "run") (result i32) (i32.const 0)))
          (core instance $run (instantiate $run))
          (func $f (result (result)) (canon lift (core func $run "run")))
          (instance $i (export "run" (func $f)))
          (export "wasi:cli/run@0.2.12" (instance $i)))"#
    );
    let guest = written("globals", &wat::parse_str(text).unwrap());
    is_ended(&["--no-cache"], &guest, &[]);
}

#[test]
fn results() {
    // Each list is the same 512 KiB of memory, again and again.
    let code = r#"
      (func (export "lists") (result i32) (local $i i32)
        (loop $more
          (i32.store offset=131072 (i32.mul (local.get $i) (i32.const 8)) (i32.const 262144))
          (i32.store offset=131076 (i32.mul (local.get $i) (i32.const 8)) (i32.const 524288))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 90))))
        (i32.store (i32.const 0) (i32.const 131072))
        (i32.store (i32.const 4) (i32.const 90))
        (i32.const 0))"#;
    let guest = guest("lists", &[], "export lists: func() -> list<list<u8>>;", code);
    for flags in [&["--invoke", "lists"][..], &["--invoke", "lists", "--output", "json"]] {
        is_ended(flags, &guest, &[]);
    }
}

#[test]
fn what_a_slow_peer_does_not_take() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let url = format!("tcp://{address}");
    // It accepts, and never reads.
    let guest = endless(
        "stalled",
        &[
            "forebay:%stream/open@0.1.0",
            "forebay:%stream/connection@0.1.0",
            "wasi:io/streams@0.2.12",
        ],
        &format!(
            r#"(import "forebay:stream/open@0.1.0" "sink" (func $sink (param i32 i32 i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.write"
              (func $write (param i32 i32 i32 i32)))
            (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write"
              (func $check (param i32 i32)))
            (data (i32.const 0) "{url}")"#
        ),
        &format!(
            r#"(call $sink (i32.const 0) (i32.const {}) (i32.const 1024))
            (if (i32.load8_u (i32.const 1024)) (then (return (i32.const 1))))
            (call $check (i32.load (i32.const 1028)) (i32.const 2048))
            (loop $more
              (call $write (i32.load (i32.const 1028)) (i32.const 131072) (i32.const 524288)
                (i32.const 2064))
              (br $more))"#,
            url.len()
        ),
    );
    let ended = stays_small(&["--net", &url], &guest, &[]);
    ended.fails(134, &["bytes, and `check-write` permitted 0"]);
}

#[test]
fn a_result_of_bytes_takes_no_more_than_it_is() {
    const SIZE: usize = 64 << 20;
    // The same place as bytes, as a result's, as a text, and as a part of something.
    let code = r#"(data (i32.const 0) "\40\00\00\00\00\00\00\04\00\00\00\00\40\00\00\00\00\00\00\04")
      (func (export "bytes") (result i32) (i32.const 0))
      (func (export "text") (result i32) (i32.const 0))
      (func (export "part") (result i32) (i32.const 0))
      (func (export "checked") (result i32) (i32.const 8))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 32) (local.get 0)) (i32.store (i32.const 36) (local.get 1))
        (i32.const 32))"#;
    let exports = "export bytes: func() -> list<u8>; export text: func() -> string;
      export part: func() -> tuple<list<u8>>; export checked: func() -> result<list<u8>, string>;
      export echo: func(bytes: list<u8>) -> list<u8>;";
    let guest = roomy(("bytes", 1026), &[], exports, code);
    let run = |function: &str, flags: &[&str], words: &[&str]| {
        let flags = [&["--invoke", function, "--max-memory", "128MiB"], flags].concat();
        measured(&flags, &guest, words)
    };

    for (function, size) in [("bytes", SIZE), ("checked", SIZE), ("text", SIZE + 1)] {
        let (whole, peak) = run(function, &[], &[]);
        assert_eq!((whole.code, whole.stdout.len()), (Some(0), size), "{}", whole.stderr);
        assert!(peak < MOST, "{function}: {} MiB", peak >> 20);
    }
    let (json, peak) = run("bytes", &["--output", "json"], &[]);
    assert_eq!((json.code, json.stdout.len()), (Some(0), 2 * SIZE + 2), "{}", json.stderr);
    assert!(peak < MOST, "{} MiB", peak >> 20);

    let path = guest.with_extension("bytes");
    std::fs::write(&path, vec![7; 60 << 20]).unwrap();
    let (echo, peak) = run("echo", &[], &[path.to_str().unwrap()]);
    assert_eq!((echo.code, echo.stdout.len()), (Some(0), 60 << 20), "{}", echo.stderr);
    assert!(peak < MOST, "{} MiB", peak >> 20);

    let (over, _) = run("bytes", &["--max-host-memory", "32MiB"], &[]);
    over.fails(134, &["went over its host memory budget of 33554432 bytes", "or return a stream"]);
    let (part, _) = run("part", &[], &[]);
    part.fails(134, &["went over its host memory budget of 268435456 bytes", "that is a part"]);
}

#[test]
fn what_the_user_gives_is_not_the_guests() {
    let count = r#"(func (export "count") (param i32 i32) (result i32) (local.get 1))
        (func (export "numbers") (param i32 i32) (result i32) (local.get 1))"#;
    let exports = "export count: func(bytes: list<u8>) -> u32;
        export numbers: func(values: tuple<list<u32>>) -> u32;";
    let guest = roomy(("given", 1026), &[], exports, count);
    let path = guest.with_extension("bytes");
    let given = |flags: &[&str], size: u64| {
        std::fs::File::create(&path).unwrap().set_len(size).unwrap();
        let mut command = forebay();
        command.arg("call").args(flags).arg(&guest).arg("count").arg(&path);
        Ended::of(command.output().unwrap())
    };

    given(&["--max-host-memory", "4MiB"], 8 << 20).prints("8388608\n");
    given(&[], 64 << 20).prints("67108864\n");

    // So it is with values in a file.
    let path = guest.with_extension("json");
    std::fs::write(&path, format!("[[{}0]]", "0,".repeat(1_000_000))).unwrap();
    let mut command = forebay();
    command.args(["call", "--max-host-memory", "1MiB"]).arg(&guest);
    command.arg("numbers").arg(format!("@{}", path.display()));
    Ended::of(command.output().unwrap()).prints("1000001\n");
}

#[test]
fn lines_to_log_are_told_at_a_rate() {
    let guest = endless(
        "log",
        STREAMS,
        OPEN,
        r#"(i32.store (i32.const 0) (i32.const 0x3A676F6C)) ;; "log:"
        (memory.fill (i32.const 131072) (i32.const 97) (i32.const 4096))
        (memory.fill (i32.const 135168) (i32.const 10) (i32.const 4096))
        (call $sink (i32.const 0) (i32.const 4) (i32.const 1024))
        (loop $more
          (call $check (i32.load (i32.const 1028)) (i32.const 2048))
          (call $write (i32.load (i32.const 1028)) (i32.const 131072) (i32.const 8192)
            (i32.const 2064))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 5000))))"#,
    );
    let ended = stays_small(&[], &guest, &[]);
    let (code, said) = (ended.code, ended.stderr.len());
    let last: String = ended.stderr.lines().rev().take(2).collect();
    assert_eq!(code, Some(0), "{last}");
    // Of 40 MB; how much depends on how long that takes.
    assert!((50_000..20_000_000).contains(&said), "{said} bytes");
    assert!(last.contains("lines are left out, because there were so many"), "{last}");
}
