//! `wasi:io` of WASI 0.2: what its streams, errors and pollables are. It gives no authority.

use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::capability::Guarded;
use crate::capability::import::{Import, as_in_wasmtime};

/// The table is all that wasi:io needs.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

fn table<T: Guarded>(data: &mut T) -> &mut ResourceTable {
    data.ctx().table
}

as_in_wasmtime! {
    poll => io::poll, Table, table;
    streams => io::streams, Table, table;
}

/// wasmtime's own text of an error is for its developers: it can hold a trace of the host's stack.
pub(in crate::capability) fn error<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    io::error::add_to_linker::<T, Table>(linker, table)?;

    linker.instance(import.name)?.func_wrap(
        "[method]error.to-debug-string",
        |mut store: StoreContextMut<'_, T>, (error,): (Resource<io::streams::Error>,)| {
            Ok((format!("{:#}", table(store.data_mut()).get(&error)?),))
        },
    )
}
