//! Every fuzz target of `host/fuzz`, for a moment each: with inputs made by chance from examples,
//! without a tool that looks at coverage. `FOREBAY_FUZZ_SECONDS` says how long a moment is (two
//! seconds if it isn't set; a minute in the continuous integration), `FOREBAY_FUZZ_SEED` where
//! chance begins. Two targets run at a time.

#[path = "../../host/fuzz/cases/mod.rs"]
mod cases;
mod chance;
mod examples;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use cases::{CASES, case};
use chance::Chance;

/// What a program's main thread has, and the thread of a guest.
const STACK: usize = 8 << 20;

/// However slow the machine is, so many inputs are tried.
const LEAST: u64 = 20;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`")),
        Err(_) => default,
    }
}

/// How many targets run at a time, so that a minute is one however many there are.
const AT_A_TIME: usize = 2;

/// How many run now.
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// A target's turn, given back when it's dropped.
struct Turn;

impl Turn {
    fn wait() -> Turn {
        let (running, freed) = &RUNNING;
        let mut count = freed.wait_while(running.lock().unwrap(), |n| *n >= AT_A_TIME).unwrap();
        *count += 1;
        Turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.0.lock().unwrap() -= 1;
        RUNNING.1.notify_one();
    }
}

/// Tries inputs made from a case's examples until the time is up.
fn drive(name: &'static str) {
    let _turn = Turn::wait();
    let time = Duration::from_secs(setting("FOREBAY_FUZZ_SECONDS", 2));
    let seed = setting("FOREBAY_FUZZ_SEED", 1);
    let work = move || {
        let (run, mut chance) = (case(name), Chance::new(seed, examples::of(name)));
        let start = Instant::now();
        let mut tried = 0;
        while start.elapsed() < time || tried < LEAST {
            let input = chance.input();
            // The examples themselves are what is right.
            if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
                let shown = String::from_utf8_lossy(&input).into_owned();
                panic!("`{name}` fails for input {tried} of seed {seed}: {input:?}\n{shown}");
            }
            tried += 1;
        }
        println!("{name}: {tried} inputs");
    };
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
}

macro_rules! targets {
    ($($name:ident)*) => {
        /// The targets that are driven here.
        const DRIVEN: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            drive(stringify!($name));
        })*
    };
}

targets! {
    archive arguments ceiling cgi cron detect docs flags gopher legacy link location manifest net_rule reply route wac wit
}

#[test]
fn every_case_is_driven_is_a_target_and_is_described() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/host/fuzz");
    let read = |file: &str| std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
    assert_eq!(CASES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), DRIVEN);
    for name in DRIVEN {
        assert!(read(&format!("targets/{name}.rs")).contains(&format!("\"{name}\"")), "{name}");
        assert!(read("Cargo.toml").contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
        assert!(read("README.md").contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn chance_is_the_same_each_time_and_finds_what_is_near_an_example() {
    let inputs = |seed| {
        let mut chance = Chance::new(seed, vec![b"limits = 17".to_vec(), b"(a)".to_vec()]);
        (0..2000).map(|_| chance.input()).collect::<Vec<_>>()
    };
    assert!(inputs(1) == inputs(1) && inputs(1) != inputs(2));
    let found = inputs(1);
    // The examples come first; then a number too large, something cut off, something deep.
    assert_eq!(found[..2], [b"limits = 17".to_vec(), b"(a)".to_vec()]);
    let any = |check: &dyn Fn(&[u8]) -> bool| found.iter().any(|input| check(input));
    assert!(any(&|input| input == b"limits = 18446744073709551616"));
    assert!(any(&|input| input == b"limits"));
    assert!(any(&|input| input.windows(100).any(|part| part.iter().all(|byte| *byte == b'('))));
}
