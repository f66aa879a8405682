//! Budgets against guests that want more. Memory, table, time, fuel and stack are also in
//! `tests/cli/cases/budgets.md`.

use crate::run::{built, run};

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
