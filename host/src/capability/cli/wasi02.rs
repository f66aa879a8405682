//! `wasi:cli` of WASI 0.2.

use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::cli;

use crate::capability::import::{as_in_wasmtime, for_guest};

as_in_wasmtime! {
    exit => cli::exit, WasiCli, T::cli;
    terminal_input => cli::terminal_input, WasiCli, T::cli;
    terminal_output => cli::terminal_output, WasiCli, T::cli;
}

for_guest! {
    environment => cli {
        "get-environment" => cli::environment::Host::get_environment,
        "get-arguments" => cli::environment::Host::get_arguments,
        "initial-cwd" => cli::environment::Host::initial_cwd
    }
    stdin => cli { "get-stdin" => cli::stdin::Host::get_stdin }
    stdout => cli { "get-stdout" => cli::stdout::Host::get_stdout }
    stderr => cli { "get-stderr" => cli::stderr::Host::get_stderr }
    terminal_stdin => cli {
        "get-terminal-stdin" => cli::terminal_stdin::Host::get_terminal_stdin
    }
    terminal_stdout => cli {
        "get-terminal-stdout" => cli::terminal_stdout::Host::get_terminal_stdout
    }
    terminal_stderr => cli {
        "get-terminal-stderr" => cli::terminal_stderr::Host::get_terminal_stderr
    }
}
