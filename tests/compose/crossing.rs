//! The same two guests in one store and in two: streams and futures go from one to the other either
//! way. The guests are `components/rust/crossing`.

use crate::run::{Ended, built, run_with_input};

/// How the callee is placed.
const PLACEMENTS: &[&[&str]] =
    &[&[], &["--grant=crossing-callee:--isolate"], &["--grant=crossing-callee:--instances=3"]];

/// Has the caller make a call; `None` where the guests weren't built.
fn call(placement: &[&str], kind: &str) -> Option<Ended> {
    let (caller, callee) = (built("rust/crossing-caller")?, built("rust/crossing-callee")?);
    let flags = [&["--with", callee.to_str().unwrap()], placement].concat();
    Some(run_with_input(&flags, caller, &[kind], b""))
}

#[test]
fn streams_and_futures_of_every_type_that_may_cross_are_the_same_in_every_place() {
    let kinds = [
        ("capitals", "ONE AFTER THE OTHER"),
        ("squares 100000", "100000 333328333350000"),
        ("halves", "[-1.5, 0.0, 2.5]"),
        ("wider", "[-128, 127]"),
        ("opposites", "[false, true]"),
        ("backwards 1000", "1000 999 enil"),
        ("later", "now, later"),
        ("doubled", "42"),
        ("late", "7"),
        ("ending 100000", "100000 Ok(())"),
        ("bad-ending 3", "3 Err(\"it failed in the end\")"),
        ("maybe", "there is no stream, a stream"),
        ("count 160", "10485760"),
        ("through 160", "10485760"),
        ("first", "7 true"),
        ("zeros 1000000", "1000000"),
        ("two", "2097152"),
        ("texts 1000", "16000"),
        ("dropped", "1"),
    ];
    for placement in PLACEMENTS {
        for (kind, value) in kinds {
            let Some(ended) = call(placement, kind) else { return };
            eprintln!("{placement:?}: {kind}");
            ended.prints(&format!("{value}\n"));
        }
    }
}

const ISOLATED: &[&str] = &["--grant=crossing-callee:--isolate"];

#[test]
fn calls_of_async_functions_go_on_at_once_in_one_instance() {
    for placement in [&[], ISOLATED] {
        let Some(ended) = call(placement, "meet") else { return };
        ended.prints("(1, 2)\n");
    }
}

#[test]
fn calls_that_never_return_stop_nobody() {
    for placement in PLACEMENTS {
        let Some(ended) = call(placement, "beside 10") else { return };
        ended.prints("1\n");
    }
    let limited = &["--grant=crossing-callee:--call-timeout=100ms"];
    let Some(ended) = call(limited, "stuck") else { return };
    ended.fails(
        134,
        &["the guest `crossing-callee` went over its call-timeout of 100ms, in", "#stuck"],
    );
    let Some(ended) = call(&["--grant=crossing-callee:--isolate", "--timeout=200ms"], "stuck")
    else {
        return;
    };
    ended.fails(124, &["went over its time limit"]);
}

#[test]
fn a_stream_whose_writer_traps_is_no_end_but_a_failure() {
    // The first of them traps before its caller has the stream.
    for after in ["0", "10", "300000", "3000000"] {
        let Some(ended) = call(ISOLATED, &format!("breaks {after}")) else { return };
        ended.fails(134, &["the guest `crossing-callee` trapped: wasm `unreachable`"]);
        if after != "0" {
            assert!(ended.stderr.contains("a stream broke off"), "{after}: {}", ended.stderr);
        }
    }
}

#[test]
fn what_lies_between_two_stores_is_charged_to_its_writer() {
    let limited = &["--grant=crossing-callee:--max-host-memory=1MiB"];
    let isolated = [limited, ISOLATED].concat();
    let Some(ended) = call(&isolated, "texts 10000") else { return };
    ended.prints("160000\n");
    let Some(ended) = call(&isolated, "texts 100000") else { return };
    ended.fails(
        134,
        &["the guest `crossing-callee` went over its host memory budget of 1048576 bytes"],
    );
}
