//! Budgets against guests that want more. Memory, table, time, fuel and stack are also in
//! `tests/cli/cases/budgets.md`.

use std::process::Command;

use crate::account::guest::guest;
use crate::run::{Ended, built, forebay, run, wat};

#[test]
fn handles_over_the_budget_trap_and_the_message_names_it() {
    let Some(probe) = built("rust/probe") else { return };
    let ended = run(&["--max-handles", "1000"], &probe, &["handles", "100"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    run(&["--max-handles", "50"], &probe, &["handles", "100"])
        .fails(134, &["over its handle budget of 50", "--max-handles"]);
}

#[test]
fn memory_over_the_budget_fails_to_grow_and_the_user_learns_it() {
    let Some(probe) = built("rust/probe") else { return };
    assert_eq!(run(&[], &probe, &["grow", "100"]).code, Some(0));
    run(&["--max-memory", "16MiB"], &probe, &["grow", "100"])
        .fails(1, &["may not have more memory", "--max-memory"]);
}

#[test]
fn a_guest_that_waits_is_ended_at_its_time_limit() {
    for guest in ["rust/probe", "rust/probe3"] {
        let Some(guest) = built(guest) else { return };
        run(&["--timeout", "100ms"], &guest, &["sleep", "600000"])
            .fails(124, &["over its time limit of 100ms"]);
        run(&["--timeout", "100ms"], &guest, &["spin"])
            .fails(124, &["over its time limit of 100ms"]);
    }
}

#[test]
fn a_guest_that_blocks_on_its_input_is_ended_at_its_time_limit() {
    let Some(probe) = built("rust/probe") else { return };
    let mut command = crate::run::forebay();
    // The pipe stays open and empty for as long as the child lives.
    let (reader, writer) = std::io::pipe().unwrap();
    command.args(["run", "--timeout", "100ms"]).arg(&probe).arg("stdin").stdin(reader);
    crate::run::Ended::of(command.output().unwrap()).fails(124, &["time limit"]);
    drop(writer);
}

#[test]
fn a_guest_has_no_more_sockets_than_are_closed_in_time() {
    let create = "wasi:sockets/tcp-create-socket@0.2.12";
    let body = format!(
        r#"(import "{create}" "create-tcp-socket" (func $create (param i32 i32)))
        (func (export "wasi:cli/run@0.2.12#run") (result i32) (local $count i32)
          (loop $more
            (call $create (i32.const 0) (i32.const 1024))
            (if (i32.load8_u (i32.const 1024)) (then (return (i32.const 0))))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $count) (i32.const 2100))))
          (i32.const 1))"#
    );
    let guest = guest("sockets", &[create], "export wasi:cli/run@0.2.12;", &body);

    // The system gives as many as it can.
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -S -n "$(ulimit -H -n)" && exec "$@""#, "sh"]);
    command.arg(forebay().get_program()).arg("run").arg(guest);
    assert_eq!(Ended::of(command.output().unwrap()).code, Some(0));
}

#[test]
fn handles_that_are_lent_count_for_the_budget_too() {
    let clock = "wasi:clocks/monotonic-clock@0.2.12";
    let body = format!(
        r#"(import "{clock}" "subscribe-duration" (func $subscribe (param i64) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.ready" (func $ready (param i32) (result i32)))
        (func (export "wasi:cli/run@0.2.12#run") (result i32)
          (loop $more
            (drop (call $ready (call $subscribe (i64.const 1000000000000))))
            (br $more))
          (i32.const 0))"#
    );
    let interfaces = [clock, "wasi:io/poll@0.2.12"];
    let guest = guest("lent", &interfaces, "export wasi:cli/run@0.2.12;", &body);
    for most in 50..60 {
        run(&["--max-handles", &most.to_string()], &guest, &[])
            .fails(134, &["over its handle budget", "--max-handles"]);
    }
}

#[test]
fn so_many_files_and_sockets_are_open_at_once_as_the_user_says() {
    let most = |flags: &[&str]| {
        let ended = run(flags, wat("opens"), &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout.trim().parse::<u32>().unwrap()
    };
    let scratch = tempfile::tempdir().unwrap();
    let grant = format!("{}::/d", scratch.path().display());
    std::fs::write(scratch.path().join("p"), "").unwrap();
    let few = most(&["--dir", &grant, "--max-files", "100"]);
    assert!((50..100).contains(&few), "{few}");
    let more = most(&["--dir", &grant, "--max-files", "300"]);
    // The host's own differ by some, as compiling or not.
    assert!((few + 190..=few + 210).contains(&more), "{few}, {more}");
    run(&["--max-files", "99999999999"], wat("hello"), &[])
        .fails(125, &["the system permits no process 99999999999 files", "ulimit -Hn"]);
}
