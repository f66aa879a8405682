//! Defines the interfaces of WASI 0.3, one by one.

use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p3::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p3::bindings::http;

use crate::capability::Guarded;
use crate::capability::filesystem as guarded;
use crate::capability::lookup;

/// Defines `interface`; false if it isn't one of these.
pub(super) fn link<T: Guarded>(l: &mut Linker<T>, interface: &str) -> wasmtime::Result<bool> {
    match interface {
        "wasi:cli/environment@0.3.0" => cli::environment::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/exit@0.3.0" => cli::exit::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stderr@0.3.0" => cli::stderr::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stdin@0.3.0" => cli::stdin::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stdout@0.3.0" => cli::stdout::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/terminal-input@0.3.0" => {
            cli::terminal_input::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-output@0.3.0" => {
            cli::terminal_output::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stderr@0.3.0" => {
            cli::terminal_stderr::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stdin@0.3.0" => {
            cli::terminal_stdin::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stdout@0.3.0" => {
            cli::terminal_stdout::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        // It has types only: there is nothing to define.
        "wasi:cli/types@0.3.0" => {}
        "wasi:clocks/monotonic-clock@0.3.0" => {
            clocks::monotonic_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?
        }
        "wasi:clocks/system-clock@0.3.0" => {
            clocks::system_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?
        }
        "wasi:clocks/types@0.3.0" => clocks::types::add_to_linker::<T, WasiClocks>(l, T::clocks)?,
        "wasi:filesystem/preopens@0.3.0" => guarded::wasi03::preopens(l, interface, 0)?,
        "wasi:filesystem/types@0.3.0" => {
            filesystem::types::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
            guarded::wasi03::types(l)?;
        }
        "wasi:http/client@0.3.0" => http::client::add_to_linker::<T, WasiHttp>(l, T::http)?,
        "wasi:http/types@0.3.0" => http::types::add_to_linker::<T, WasiHttp>(l, T::http)?,
        "wasi:random/insecure-seed@0.3.0" => {
            random::insecure_seed::add_to_linker::<T, WasiRandom>(l, T::random)?
        }
        "wasi:random/insecure@0.3.0" => {
            random::insecure::add_to_linker::<T, WasiRandom>(l, T::random)?
        }
        "wasi:random/random@0.3.0" => random::random::add_to_linker::<T, WasiRandom>(l, T::random)?,
        "wasi:sockets/ip-name-lookup@0.3.0" => lookup::wasi03::link(l, interface, 0)?,
        "wasi:sockets/types@0.3.0" => {
            sockets::types::add_to_linker::<T, WasiSockets>(l, T::sockets)?
        }
        _ => return Ok(false),
    }
    Ok(true)
}
