//! `wasi:io` of WASI 0.2: what its streams, errors and pollables are. It gives no authority.

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::capability::Guarded;
use crate::capability::import::as_in_wasmtime;

/// The table is all that wasi:io needs.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn table<T: Guarded>(data: &mut T) -> &mut ResourceTable {
    data.ctx().table
}

as_in_wasmtime! {
    error => io::error, Table, table;
    poll => io::poll, Table, table;
    streams => io::streams, Table, table;
}
