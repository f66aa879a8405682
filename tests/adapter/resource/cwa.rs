//! CommonWA beside its resources: environment, arguments, logging, randomness, time, and the
//! runtime itself.

use std::time::{SystemTime, UNIX_EPOCH};

use super::steps::{Steps, System};

const NONE: [&str; 0] = [];

/// In both import modules.
fn each(test: impl Fn(Steps, &'static str)) {
    for module in ["cwa", "env"] {
        test(Steps::new(System::Cwa(module)), module);
    }
}

#[test]
fn variables_are_found_by_name() {
    each(|mut steps, module| {
        let (key, other) = (steps.data(b"KEY"), steps.data(b"KE"));
        let expected = steps.data(b"a value");
        let get = |key: usize, len: usize, room: usize| {
            format!(
                "(call $env_get (i32.const {key}) (i32.const {len}) (i32.const 16) (i32.const {room}))"
            )
        };
        let steps = steps
            .import(module, "env_get", "(param i32 i32 i32 i32) (result i32)")
            // It tells the length, and writes only what fits.
            .step(&get(key, 3, 6), 7)
            .step("(i32.load8_u (i32.const 16))", 0)
            .step(&get(key, 3, 7), 7)
            .step(&format!("(call $same (i32.const 16) (i32.const {expected}) (i32.const 7))"), 1)
            .step("(i32.load8_u (i32.const 23))", 0)
            .step(&get(other, 2, 100), -4)
            .step(&get(other, 0, 100), -4);
        steps.run(&["--env", "KEY=a value", "--env", "OTHER=x"], "").ends(0);
    });
}

#[test]
fn arguments_are_found_by_number() {
    each(|mut steps, module| {
        let at = |index: i32, room: usize| {
            format!("(call $startup_arg_at (i32.const {index}) (i32.const 16) (i32.const {room}))")
        };
        let word = steps.data(b"word");
        let steps = steps
            .import(module, "startup_arg_len", "(result i32)")
            .import(module, "startup_arg_at", "(param i32 i32 i32) (result i32)")
            .step("(call $startup_arg_len)", 2)
            // What doesn't fit is cut off.
            .step(&at(1, 4), 4)
            .step(&format!("(call $same (i32.const 16) (i32.const {word}) (i32.const 4))"), 1)
            .step("(i32.load8_u (i32.const 20))", 0)
            .step(&at(2, 4), -2)
            .step(&at(-1, 4), -2);
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("p.wat"), steps.text())
            .expect("the program is written");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_forebay"));
        command.current_dir(directory.path()).args(["run", "p.wat", "words"]);
        let output = command.output().expect("forebay runs");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    });
}

#[test]
fn what_is_logged_has_its_level() {
    each(|mut steps, module| {
        let text = steps.data(b"what happened");
        let mut steps = steps.import(module, "log_write", "(param i32 i32 i32)");
        for level in [1, 3, 6, 42] {
            let call =
                format!("(call $log_write (i32.const {level}) (i32.const {text}) (i32.const 13))");
            steps = steps.instruction(&call);
        }
        let lines = [
            "log: error: what happened\n",
            "log: warning: what happened\n",
            "log: info: what happened\n",
            "log: what happened\n",
        ];
        steps.run(&NONE, "").ends(0).says(&lines);
    });
}

#[test]
fn the_runtime_says_what_it_is() {
    each(|mut steps, module| {
        let name = steps.data(b"olin");
        let steps = steps
            .import(module, "runtime_name", "(param i32 i32) (result i32)")
            .import(module, "runtime_spec_major", "(result i32)")
            .import(module, "runtime_spec_minor", "(result i32)")
            .import(module, "runtime_msleep", "(param i32)")
            .step("(call $runtime_spec_major)", 0)
            .step("(call $runtime_spec_minor)", 2)
            .step("(call $runtime_name (i32.const 16) (i32.const 3))", -2)
            .step("(i32.load (i32.const 16))", 0)
            .step("(call $runtime_name (i32.const 16) (i32.const 32))", 4)
            .step(&format!("(call $same (i32.const 16) (i32.const {name}) (i32.const 4))"), 1)
            .instruction("(call $runtime_msleep (i32.const 1))")
            .instruction("(call $runtime_msleep (i32.const -1))");
        steps.run(&NONE, "").ends(0);
    });
}

#[test]
fn it_exits_when_it_says_so() {
    each(|steps, module| {
        let steps = steps
            .import(module, "runtime_exit", "(param i32)")
            .instruction("(call $runtime_exit (i32.const 41))")
            .instruction("(unreachable)");
        steps.run(&NONE, "").ends(41);
        // A host of old has no codes.
        steps.run(&["--target-wasi", "0.2.6"], "").ends(1);
    });
}

#[test]
fn random_numbers_are_of_their_size() {
    each(|steps, module| {
        let mut steps = steps
            .import(module, "random_i32", "(result i32)")
            .import(module, "random_i64", "(result i64)")
            .import(module, "random_u32", "(result i32)")
            .import(module, "random_u64", "(result i64)")
            .instruction(
                "(i64.store (i32.const 16) (i64.or (call $random_u64) (call $random_u64)))",
            )
            .step("(i64.eqz (i64.load (i32.const 16)))", 0)
            .step("(i32.eq (call $random_u32) (call $random_u32))", 0);
        for _ in 0..20 {
            steps = steps
                .step("(i32.lt_s (call $random_i32) (i32.const 0))", 0)
                .step("(i64.lt_s (call $random_i64) (i64.const 0))", 0);
        }
        steps.run(&NONE, "").ends(0);
    });
}

#[test]
fn the_time_is_that_of_the_host_in_seconds() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970").as_secs();
    each(|steps, module| {
        let steps = steps
            .import(module, "time_now", "(result i64)")
            .step(&format!("(i64.lt_s (call $time_now) (i64.const {now}))"), 0)
            .step(&format!("(i64.gt_s (call $time_now) (i64.const {}))", now + 600), 0);
        steps.run(&NONE, "").ends(0);
    });
}

#[test]
fn standard_streams_are_resources() {
    each(|steps, module| {
        let steps = steps
            .import(module, "io_get_stdin", "(result i32)")
            .import(module, "io_get_stdout", "(result i32)")
            .import(module, "io_get_stderr", "(result i32)")
            .step("(call $io_get_stdin)", 0)
            .step("(call $io_get_stdout)", 1)
            .step("(call $io_get_stderr)", 2)
            .read(0, 100, b"what is read")
            .read_fails(0, -5)
            .writes(1, "what is written\n")
            .writes(2, "what is said\n")
            .close(1, 0)
            .step("(call $io_get_stdout)", 1)
            .writes(1, "more\n");
        steps
            .run(&NONE, "what is read")
            .ends(0)
            .prints("what is written\nmore\n")
            .says(&["what is said\n"]);
    });
}

/// Numbers of resources and descriptors of preview 1 have nothing to do with each other.
#[test]
fn preview_1_may_stand_beside_it() {
    each(|mut steps, _| {
        let text = steps.data(b"by preview 1\n");
        let steps = steps
            .import("wasi_snapshot_preview1", "fd_write", "(param i32 i32 i32 i32) (result i32)")
            .import("wasi_snapshot_preview1", "fd_close", "(param i32) (result i32)")
            .open("stdout://", 0)
            .open("null://", 1)
            .instruction(&format!("(i32.store (i32.const 16) (i32.const {text}))"))
            .instruction("(i32.store (i32.const 20) (i32.const 13))")
            .step("(call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))", 0)
            .step("(call $fd_close (i32.const 0))", 0)
            .writes(0, "by a resource\n");
        steps.run(&NONE, "").ends(0).prints("by preview 1\nby a resource\n");
    });
}
