//! What the host keeps in tables for a guest: HTTP's fields and requests, which are charged, and
//! handles and tasks, of which there is a number.

use support::places::scratch;

use super::endless;
use super::guest::stays_small;
use crate::run::wat;

const FIELDS: &str = r#"
    (import "wasi:http/types@VERSION" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@VERSION" "[method]fields.append"
      (func $append (param i32 i32 i32 i32 i32 i32)))
    (import "wasi:http/types@VERSION" "[method]fields.clone" (func $clone (param i32) (result i32)))
    (import "wasi:http/types@VERSION" "[resource-drop]fields" (func $drop (param i32)))"#;

/// 120 KB of fields, in `$handle`.
const FILLED: &str = r#"
    (local.set $handle (call $fields))
    (local.set $i (i32.const 0))
    (loop $append
      (call $append (local.get $handle) (i32.const 0) (i32.const 10) (i32.const 0)
        (i32.const 20000) (i32.const 50000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $append (i32.lt_u (local.get $i) (i32.const 6))))"#;

/// Runs a guest of one version's fields.
fn with_fields(name: &str, version: &str, body: &str) -> crate::run::Ended {
    let body = format!("(memory.fill (i32.const 0) (i32.const 97) (i32.const 40000)) {body}");
    let interface = format!("wasi:http/types@{version}");
    let imports = FIELDS.replace("VERSION", version);
    stays_small(&[], &endless(name, &[&interface], &imports, &body), &[])
}

/// It's the guest that trapped, in a function of its own, and not the process that was ended.
fn is_trapped(ended: &crate::run::Ended) {
    ended.fails(134, &["trapped: it went over its host memory budget of 268435456 bytes"]);
    assert!(ended.stderr.contains("\n    0: "), "{}", ended.stderr);
}

#[test]
fn fields_trap_the_guest_that_hoards_them() {
    for version in ["0.2.12", "0.3.0"] {
        let name = format!("fields-{version}");
        is_trapped(&with_fields(&name, version, &format!("(loop $more {FILLED} (br $more))")));
        let name = format!("clones-{version}");
        let cloning =
            format!("{FILLED} (loop $more (drop (call $clone (local.get $handle))) (br $more))");
        is_trapped(&with_fields(&name, version, &cloning));
        let name = format!("empty-{version}");
        let empty = "(loop $more (drop (call $fields)) (br $more))";
        with_fields(&name, version, empty).fails(134, &["handle budget of 100000"]);
    }
}

#[test]
fn fields_that_are_dropped_are_given_back() {
    // 5,000 times 120 KB, of which one is there at a time.
    for version in ["0.2.12", "0.3.0"] {
        let body = format!(
            r#"(loop $more {FILLED} (call $drop (local.get $handle))
              (i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 1)))
              (br_if $more (i32.lt_u (i32.load (i32.const 60000)) (i32.const 5000))))"#
        );
        let ended = with_fields(&format!("dropped-{version}"), version, &body);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn requests_trap_the_guest_that_hoards_them() {
    let imports = r#"
        (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.2.12" "[constructor]outgoing-request"
          (func $request (param i32) (result i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query"
          (func $path (param i32 i32 i32 i32) (result i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-request.body"
          (func $body (param i32 i32)))
        (import "wasi:http/types@0.2.12" "[method]outgoing-body.write"
          (func $stream (param i32 i32)))
        (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write"
          (func $check (param i32 i32)))
        (import "wasi:io/streams@0.2.12" "[method]output-stream.write"
          (func $write (param i32 i32 i32 i32)))"#;
    let paths = r#"(memory.fill (i32.const 0) (i32.const 47) (i32.const 65000))
        (loop $more
          (drop (call $path (call $request (call $fields)) (i32.const 1) (i32.const 0) (i32.const 60000)))
          (br $more))"#;
    let bodies = r#"(loop $more
          (call $body (call $request (call $fields)) (i32.const 0))
          (call $stream (i32.load (i32.const 4)) (i32.const 8))
          (call $check (i32.load (i32.const 12)) (i32.const 16))
          (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.wrap_i64 (i64.load (i32.const 24)))
            (i32.const 32))
          (br $more))"#;
    for (name, body) in [("paths", paths), ("bodies", bodies)] {
        let interfaces = ["wasi:http/types@0.2.12", "wasi:io/streams@0.2.12"];
        is_trapped(&stays_small(&[], &endless(name, &interfaces, imports, body), &[]));
    }
}

#[test]
fn handles_and_tasks_have_a_number() {
    for name in ["resources", "streams", "waitable-sets", "subtasks"] {
        let ended = stays_small(&[], &wat(name), &[]);
        ended.fails(134, &["it went over its handle budget of 100000", "--max-handles"]);
        // Whatever number the user gives, the process stays small.
        let ended = stays_small(&["--max-handles", "1000000000"], &wat(name), &[]);
        assert_eq!(ended.code, Some(134), "{name}: {}", ended.stderr);
        let told = ["host memory budget of 268435456", "handle budget of 1000000000"];
        assert!(told.iter().any(|text| ended.stderr.contains(text)), "{name}: {}", ended.stderr);
    }
}

#[test]
fn pollables_have_a_number() {
    let guest = endless(
        "pollables",
        &["wasi:clocks/monotonic-clock@0.2.12"],
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
          (func $subscribe (param i64) (result i32)))"#,
        "(loop $more (drop (call $subscribe (i64.const -1))) (br $more))",
    );
    stays_small(&[], &guest, &[]).fails(134, &["it went over its handle budget of 100000"]);
}

#[test]
fn listings_of_a_directory_keep_the_process_small() {
    let folder = scratch();
    for number in 0..5000 {
        std::fs::write(folder.path().join(format!("{number}-{}", "n".repeat(200))), "").unwrap();
    }
    let guest = endless(
        "listings",
        &["wasi:filesystem/types@0.2.12", "wasi:filesystem/preopens@0.2.12"],
        r#"(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $dirs (param i32)))
        (import "wasi:filesystem/types@0.2.12" "[method]descriptor.read-directory"
          (func $list (param i32 i32)))"#,
        r#"(call $dirs (i32.const 32))
        (local.set $handle (i32.load (i32.load (i32.const 32))))
        (loop $more
          (call $list (local.get $handle) (i32.const 32))
          (if (i32.load8_u (i32.const 32)) (then (return (i32.const 1))))
          (br $more))"#,
    );
    let dir = format!("{}::.::ro", folder.path().display());
    let ended = stays_small(&["--dir", &dir], &guest, &[]);
    ended.fails(134, &["budget of"]);
}
