//! How an interface is defined for one of the guests that share a store: under the name that the
//! guest imports it by, and answered with that guest's grants.
//!
//! wasmtime-wasi's implementations are used as they are: for the time of the call, the store's
//! views are those of the guest.

use wasmtime::component::Linker;

use crate::capability::Guarded;

/// An import that an interface is defined for.
#[derive(Clone, Copy)]
pub(super) struct Import<'a> {
    /// Its name: the interface's, or one of the guest's own.
    pub name: &'a str,
    /// Whose it is; the main guest stands for all where an interface is shared.
    pub guest: usize,
}

/// Runs `work` with the views of `guest`.
pub(super) fn acting<T: Guarded, R>(
    data: &mut T,
    guest: usize,
    work: impl FnOnce(&mut T) -> R,
) -> R {
    let before = data.act_as(guest);
    let result = work(data);
    data.act_as(before);

    result
}

/// Defines an interface that has types only: there is nothing to define.
pub(super) fn types_only<T: Guarded>(_: &mut Linker<T>, _: Import<'_>) -> wasmtime::Result<()> {
    Ok(())
}

/// Functions that define interfaces as wasmtime has them, for all guests:
/// `FUNCTION => ITS MODULE, ITS DATA, THE STORE'S VIEW[, OPTIONS];`.
macro_rules! as_in_wasmtime {
    ($($define:ident => $($module:ident)::+, $data:ty, $view:path $(, $options:expr)?;)*) => {$(
        pub(in crate::capability) fn $define<T: crate::capability::Guarded>(
            linker: &mut wasmtime::component::Linker<T>,
            _: crate::capability::import::Import<'_>,
        ) -> wasmtime::Result<()> {
            $($module)::+::add_to_linker::<T, $data>(linker, $($options,)? $view)
        }
    )*};
}

/// Functions that define interfaces whose functions take nothing, answered by the guest's view:
/// `FUNCTION => VIEW { NAME => METHOD, … }`.
macro_rules! for_guest {
    ($($define:ident => $view:ident { $($name:literal => $method:path),+ })*) => {$(
        pub(in crate::capability) fn $define<T: crate::capability::Guarded>(
            linker: &mut wasmtime::component::Linker<T>,
            import: crate::capability::import::Import<'_>,
        ) -> wasmtime::Result<()> {
            let guest = import.guest;
            let mut interface = linker.instance(import.name)?;
            $(interface.func_wrap(
                $name,
                move |mut store: wasmtime::StoreContextMut<'_, T>, (): ()| {
                    let data = store.data_mut();
                    let answer = crate::capability::import::acting(
                        data,
                        guest,
                        |data| $method(&mut data.$view()),
                    );
                    Ok((answer?,))
                },
            )?;)+

            Ok(())
        }
    )*};
}

pub(super) use {as_in_wasmtime, for_guest};
