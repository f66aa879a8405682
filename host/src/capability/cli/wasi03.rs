//! `wasi:cli` of WASI 0.3.

use wasmtime::component::{Access, Linker, StreamReader};
use wasmtime::{AsContextMut as _, StoreContextMut};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p3::bindings::cli;

use crate::capability::Guarded;
use crate::capability::import::{Import, as_in_wasmtime, for_guest};

pub(in crate::capability) use crate::capability::import::types_only as types;

as_in_wasmtime! {
    exit => cli::exit, WasiCli, T::cli;
    terminal_input => cli::terminal_input, WasiCli, T::cli;
    terminal_output => cli::terminal_output, WasiCli, T::cli;
}

for_guest! {
    environment => cli {
        "get-environment" => cli::environment::Host::get_environment,
        "get-arguments" => cli::environment::Host::get_arguments,
        "get-initial-cwd" => cli::environment::Host::get_initial_cwd
    }
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

pub(in crate::capability) fn stdin<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let guest = import.guest;
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap("read-via-stream", move |mut store: StoreContextMut<'_, T>, (): ()| {
        let before = store.data_mut().act_as(guest);
        let access = Access::<T, WasiCli>::new(store.as_context_mut(), T::cli);
        let reading = cli::stdin::HostWithStore::read_via_stream(access);
        store.data_mut().act_as(before);

        Ok((reading?,))
    })
}

/// Defines what writes a stream to a standard stream of the guest: `FUNCTION => METHOD`.
macro_rules! output {
    ($define:ident => $method:path) => {
        pub(in crate::capability) fn $define<T: Guarded>(
            linker: &mut Linker<T>,
            import: Import<'_>,
        ) -> wasmtime::Result<()> {
            let guest = import.guest;
            let mut interface = linker.instance(import.name)?;
            interface.func_wrap(
                "write-via-stream",
                move |mut store: StoreContextMut<'_, T>, (data,): (StreamReader<u8>,)| {
                    let before = store.data_mut().act_as(guest);
                    let access = Access::<T, WasiCli>::new(store.as_context_mut(), T::cli);
                    let written = $method(access, data);
                    store.data_mut().act_as(before);

                    Ok((written?,))
                },
            )
        }
    };
}

output!(stdout => cli::stdout::HostWithStore::write_via_stream);
output!(stderr => cli::stderr::HostWithStore::write_via_stream);
