//! Defines the interfaces of WASI 0.2, one by one.

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_io::bindings::wasi::io;

use crate::capability::Guarded;
use crate::capability::file;
use crate::capability::filesystem as guarded;
use crate::capability::lookup;

/// The table is all that wasi:io needs.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn table<T: Guarded>(data: &mut T) -> &mut ResourceTable {
    data.ctx().table
}

/// Defines `interface`; false if it isn't one of these.
pub(super) fn link<T: Guarded>(l: &mut Linker<T>, interface: &str) -> wasmtime::Result<bool> {
    match interface {
        "wasi:cli/environment@0.2.12" => cli::environment::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/exit@0.2.12" => cli::exit::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stderr@0.2.12" => cli::stderr::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stdin@0.2.12" => cli::stdin::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/stdout@0.2.12" => cli::stdout::add_to_linker::<T, WasiCli>(l, T::cli)?,
        "wasi:cli/terminal-input@0.2.12" => {
            cli::terminal_input::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-output@0.2.12" => {
            cli::terminal_output::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stderr@0.2.12" => {
            cli::terminal_stderr::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stdin@0.2.12" => {
            cli::terminal_stdin::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:cli/terminal-stdout@0.2.12" => {
            cli::terminal_stdout::add_to_linker::<T, WasiCli>(l, T::cli)?
        }
        "wasi:clocks/monotonic-clock@0.2.12" => {
            clocks::monotonic_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?
        }
        "wasi:clocks/wall-clock@0.2.12" => {
            clocks::wall_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?
        }
        "wasi:filesystem/preopens@0.2.12" => guarded::wasi02::preopens(l, interface, 0)?,
        "wasi:filesystem/types@0.2.12" => {
            filesystem::types::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
            guarded::wasi02::types(l)?;
            file::link(l)?;
        }
        "wasi:http/outgoing-handler@0.2.12" => {
            http::outgoing_handler::add_to_linker::<T, WasiHttp>(l, T::http)?
        }
        "wasi:http/types@0.2.12" => {
            http::types::add_to_linker::<T, WasiHttp>(l, &Default::default(), T::http)?
        }
        "wasi:io/error@0.2.12" => io::error::add_to_linker::<T, Table>(l, table)?,
        "wasi:io/poll@0.2.12" => io::poll::add_to_linker::<T, Table>(l, table)?,
        "wasi:io/streams@0.2.12" => io::streams::add_to_linker::<T, Table>(l, table)?,
        "wasi:random/insecure-seed@0.2.12" => {
            random::insecure_seed::add_to_linker::<T, WasiRandom>(l, T::random)?
        }
        "wasi:random/insecure@0.2.12" => {
            random::insecure::add_to_linker::<T, WasiRandom>(l, T::random)?
        }
        "wasi:random/random@0.2.12" => {
            random::random::add_to_linker::<T, WasiRandom>(l, T::random)?
        }
        "wasi:sockets/ip-name-lookup@0.2.12" => lookup::wasi02::link(l, interface, 0)?,
        "wasi:sockets/network@0.2.12" => {
            sockets::network::add_to_linker::<T, WasiSockets>(l, &Default::default(), T::sockets)?
        }
        "wasi:sockets/instance-network@0.2.12" => {
            sockets::instance_network::add_to_linker::<T, WasiSockets>(l, T::sockets)?
        }
        "wasi:sockets/tcp-create-socket@0.2.12" => {
            sockets::tcp_create_socket::add_to_linker::<T, WasiSockets>(l, T::sockets)?
        }
        "wasi:sockets/tcp@0.2.12" => sockets::tcp::add_to_linker::<T, WasiSockets>(l, T::sockets)?,
        "wasi:sockets/udp-create-socket@0.2.12" => {
            sockets::udp_create_socket::add_to_linker::<T, WasiSockets>(l, T::sockets)?
        }
        "wasi:sockets/udp@0.2.12" => sockets::udp::add_to_linker::<T, WasiSockets>(l, T::sockets)?,
        _ => return Ok(false),
    }
    Ok(true)
}
