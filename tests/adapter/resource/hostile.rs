//! Dagger and CommonWA called with what nobody should call them with: an error or a trap, and never
//! a wedged host.

use super::steps::{Steps, System};

const NONE: [&str; 0] = [];
const DAGGER: System = System::Dagger2("dagger");
const CWA: System = System::Cwa("cwa");

/// The exit code of a trap.
const TRAP: i32 = 134;

/// Pointers and lengths of which each leads out of a memory of some pages.
const OUTSIDE: [(i64, i64); 5] = [
    (0x7fff_ffff, 1),
    (0xffff_ffff, 1),
    (0, 0xffff_ffff),
    (0x4000_0000, 0xc000_0000),
    (0xffff_fff0, 0x20),
];

#[test]
fn a_pointer_out_of_bounds_traps() {
    for (at, len) in OUTSIDE {
        for system in [DAGGER, CWA] {
            let prefix = if system == CWA { "resource_" } else { "" };
            for call in [
                format!("(call ${prefix}open (i32.const {at}) (i32.const {len}))"),
                format!("(call ${prefix}read (i32.const 0) (i32.const {at}) (i32.const {len}))"),
                format!("(call ${prefix}write (i32.const 0) (i32.const {at}) (i32.const {len}))"),
            ] {
                Steps::new(system).open("null://", 0).step(&call, 0).run(&NONE, "").ends(TRAP);
            }
        }
    }
}

#[test]
fn the_other_functions_trap_as_well() {
    for (name, ty, arguments) in [
        ("env_get", "(param i32 i32 i32 i32) (result i32)", [0x7fff_ffff_i64, 1, 16, 1].as_slice()),
        ("env_get", "(param i32 i32 i32 i32) (result i32)", &[16, 1, 0x7fff_ffff, 1]),
        ("startup_arg_at", "(param i32 i32 i32) (result i32)", &[0, 0x7fff_ffff, 1]),
        ("runtime_name", "(param i32 i32) (result i32)", &[0x7fff_ffff, 100]),
        ("log_write", "(param i32 i32 i32)", &[1, 0x7fff_ffff, 1]),
    ] {
        let arguments: String =
            arguments.iter().map(|argument| format!("(i32.const {argument})")).collect();
        let call = format!("(call ${name} {arguments})");
        let steps = Steps::new(CWA)
            .import("cwa", name, ty)
            .instruction("(i32.store8 (i32.const 16) (i32.const 65))");
        let steps =
            if ty.contains("result") { steps.step(&call, 0) } else { steps.instruction(&call) };
        steps.run(&["--env", "A=x"], "").ends(TRAP);
    }
}

/// To the last byte of the memory, and not over it.
#[test]
fn the_edge_of_memory_belongs_to_it() {
    let edge = "(i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 10))";
    let steps = Steps::new(DAGGER)
        .open("zero://", 0)
        .step(&format!("(call $read (i32.const 0) {edge} (i32.const 10))"), 10)
        .step(&format!("(call $write (i32.const 0) {edge} (i32.const 10))"), 10)
        .step(
            &format!("(call $read (i32.const 0) (i32.add {edge} (i32.const 10)) (i32.const 0))"),
            0,
        );
    steps.run(&NONE, "").ends(0);
    let over = format!("(call $read (i32.const 0) {edge} (i32.const 11))");
    Steps::new(DAGGER).open("zero://", 0).step(&over, 11).run(&NONE, "").ends(TRAP);
}

#[test]
fn a_text_without_an_end_traps_or_is_no_url() {
    let unended =
        "(memory.fill (i32.const 0) (i32.const 97) (i32.shl (memory.size) (i32.const 16)))";
    let steps = Steps::new(System::Dagger1).instruction(unended);
    steps.step("(call $open (i32.const 0) (i32.const 0))", -1).run(&NONE, "").ends(0);
    let edge = "(i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 10))";
    let steps = Steps::new(System::Dagger1).instruction(unended);
    steps.step(&format!("(call $open {edge} (i32.const 0))"), -1).run(&NONE, "").ends(TRAP);
}

/// A second parameter of 0 stands for a text that ends with a zero, in the second version too.
#[test]
fn no_length_means_a_text_that_ends_with_zero() {
    let mut steps = Steps::new(DAGGER);
    let url = steps.data(b"null://");
    steps.step(&format!("(call $open (i32.const {url}) (i32.const 0))"), 0).run(&NONE, "").ends(0);
}

#[test]
fn there_is_an_end_to_how_much_can_be_open() {
    for (system, prefix, full) in [(DAGGER, "", -2), (CWA, "resource_", -1)] {
        let mut steps = Steps::new(system);
        let url = steps.data(b"null://");
        let open = |url: usize, len: usize| {
            format!(
                "(loop $more (br_if $more (i32.ge_s
                   (call ${prefix}open (i32.const {url}) (i32.const {len})) (i32.const 0))))"
            )
        };
        let steps = steps
            .instruction(&open(url, 7))
            .open("null://", full)
            .close(1000, 0)
            .open("null://", 1000)
            .write(1000, "x", 1)
            .close(7, 0);
        steps.run(&NONE, "").ends(0);
        // Requests that are begun have less room, which comes back.
        let mut steps = Steps::new(system);
        let url = steps.data(b"http://x/");
        steps = steps.instruction(&open(url, 9)).open("http://x/", full).open("null://", 128);
        for number in 0..128 {
            steps = steps.close(number, 0);
        }
        steps.open("http://x/", 0).writes(0, vec![b'x'; 200_000]).run(&NONE, "").ends(0);
    }
}

/// The host's own budget comes first if it is smaller.
#[test]
fn handles_are_budgeted() {
    let mut steps = Steps::new(DAGGER);
    for number in 0..20 {
        steps = steps.open("zero://", number);
    }
    steps.run(&["--max-handles", "15"], "").ends(TRAP);
}

/// Addresses, numbers and lengths at every edge, in every function: it goes on, or traps. How much
/// there is to read chooses one of the calls.
#[test]
fn any_arguments_are_an_error_or_a_trap() {
    const WORDS: [i64; 14] = [
        0,
        1,
        2,
        3,
        64,
        65535,
        65536,
        0x10_0000,
        0x3f_ffff,
        0x40_0000,
        0x8000_0000,
        0xffbf_ffff,
        0xffc0_0000,
        0xffff_ffff,
    ];
    const CASES: usize = 16;
    let mut seed = 1_u64;
    let mut word = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        WORDS[(seed >> 33) as usize % WORDS.len()]
    };
    let mut went_on = 0;
    for (system, name, params, ty) in [
        (DAGGER, "open", 2, ""),
        (DAGGER, "read", 3, ""),
        (DAGGER, "write", 3, ""),
        (DAGGER, "flush", 1, ""),
        (DAGGER, "close", 1, ""),
        (System::Dagger1, "open", 2, ""),
        (CWA, "resource_open", 2, ""),
        (CWA, "resource_read", 3, ""),
        (CWA, "resource_write", 3, ""),
        (CWA, "env_get", 4, "(param i32 i32 i32 i32) (result i32)"),
        (CWA, "startup_arg_at", 3, "(param i32 i32 i32) (result i32)"),
        (CWA, "runtime_name", 2, "(param i32 i32) (result i32)"),
        (CWA, "log_write", 3, "(param i32 i32 i32) (result)"),
    ] {
        let (prefix, mut steps) =
            (if system == CWA { "resource_" } else { "" }, Steps::new(system));
        if !ty.is_empty() {
            steps = steps.import("cwa", name, ty);
        }
        steps = steps.open("stdin://", 0).open("zero://", 1).open("http://x/", 2).instruction(&format!(
            "(i32.store (i32.const 8) (call ${prefix}read (i32.const 0) (i32.const 100) (i32.const 100)))"
        ));
        for case in 1..=CASES {
            let arguments: String =
                (0..params).map(|_| format!("(i32.const {})", word())).collect();
            let call = format!("(call ${name} {arguments})");
            let call = if name == "log_write" { call } else { format!("(drop {call})") };
            steps = steps.instruction(&format!(
                "(if (i32.eq (i32.load (i32.const 8)) (i32.const {case})) (then {call}))"
            ));
        }
        // Nothing of ours was overwritten, whatever the program did to its own memory: `null://`
        // can still be opened.
        steps = steps.instruction("(i64.store (i32.const 200) (i64.const 0x2f2f3a6c6c756e))");
        let open = format!("(call ${prefix}open (i32.const 200) (i32.const 7))");
        steps = steps
            .step(&format!("(i32.lt_s {open} (i32.const 0))"), 0)
            .instruction("(return (i32.const 77))");
        for case in 1..=CASES {
            went_on += usize::from(steps.run(&NONE, &"x".repeat(case)).survives(77, TRAP));
        }
    }
    assert!((50..13 * CASES - 50).contains(&went_on), "{went_on} cases went on after the call");
}

/// A grown memory, and calls that overlap what they read.
#[test]
fn memory_that_grew_is_memory() {
    let steps = Steps::new(DAGGER)
        .open("zero://", 0)
        .instruction("(drop (memory.grow (i32.const 100)))")
        .step("(call $read (i32.const 0) (i32.const 2000000) (i32.const 100000))", 100_000)
        .open("stdout://", 1)
        .writes(1, "still there");
    steps.run(&NONE, "").ends(0).prints("still there");
}

/// Urls of every length and with every byte.
#[test]
fn odd_urls_are_errors() {
    for system in [DAGGER, CWA] {
        let mut steps = Steps::new(system);
        let prefix = if system == CWA { "resource_" } else { "" };
        for scheme in ["fd", "file", "log", "random", "http", "tcp", "unix", "stdin", "x"] {
            let at = steps.data(format!("{scheme}://[::1]:99/?prefix=&prefix=%zz").as_bytes());
            for len in 1..30 {
                // Whatever it says, it comes back.
                let open = format!("(call ${prefix}open (i32.const {at}) (i32.const {len}))");
                steps = steps.instruction(&format!("(drop {open})"));
            }
        }
        steps.run(&NONE, "").ends(0);
    }
}
