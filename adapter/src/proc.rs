//! `proc_exit`, `proc_raise`, `sched_yield`, and the entry point of a command.

use crate::errno::{Errno, code};
use crate::wasi::cli;

#[unsafe(no_mangle)]
extern "C" fn proc_exit(status: u32) -> ! {
    unsafe { cli::exit_with_code(status & 0xff) }
    core::arch::wasm32::unreachable()
}

/// For hosts below 0.2.12, which know success and failure only.
#[unsafe(export_name = "proc_exit:without-code")]
extern "C" fn proc_exit_without_code(status: u32) -> ! {
    unsafe { cli::exit((status != 0) as u32) }
    core::arch::wasm32::unreachable()
}

/// A signal to oneself does what it does by default: nothing, or the end with 128 and its number.
#[unsafe(no_mangle)]
extern "C" fn proc_raise(signal: u32) -> u32 {
    match default_action(signal) {
        Ok(Action::Ignore) => 0,
        Ok(Action::End) => proc_exit(128 + signal),
        Err(errno) => code(Err(errno)),
    }
}

#[unsafe(export_name = "proc_raise:without-code")]
extern "C" fn proc_raise_without_code(signal: u32) -> u32 {
    match default_action(signal) {
        Ok(Action::Ignore) => 0,
        Ok(Action::End) => proc_exit_without_code(128 + signal),
        Err(errno) => code(Err(errno)),
    }
}

enum Action {
    Ignore,
    End,
}

fn default_action(signal: u32) -> Result<Action, Errno> {
    match signal {
        // None, CHLD, CONT, URG, WINCH.
        0 | 16 | 17 | 22 | 27 => Ok(Action::Ignore),
        // STOP, TSTP, TTIN, TTOU: nobody could wake the program.
        18..=21 => Err(Errno::NOTSUP),
        1..=30 => Ok(Action::End),
        _ => Err(Errno::INVAL),
    }
}

/// There is one thread.
#[unsafe(no_mangle)]
extern "C" fn sched_yield() -> u32 {
    0
}

#[cfg(feature = "command")]
#[link(wasm_import_module = "__main_module__")]
unsafe extern "C" {
    fn _start();
}

/// A program that returns has succeeded; one that fails says so with `proc_exit`.
#[cfg(feature = "command")]
#[unsafe(export_name = "wasi:cli/run@0.2.12#run")]
extern "C" fn run() -> u32 {
    unsafe { _start() }
    0
}
