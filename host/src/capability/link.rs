//! Defines the interfaces that a program imports: reads the catalogue for what defines each.

use wasmtime::component::Linker;

use crate::capability::import::Import;
use crate::capability::*;
use crate::interfaces::{Interface, catalogue};
use crate::plan::Plan;

macro_rules! definitions {
    ($($package:literal $line:ident in $file:ident {
        $($interface:ident: $name:literal, $sharing:expr, $($define:ident)::+;)*
    })*) => {
        /// Defines what an import of the interface asks for.
        fn define<T: Guarded>(
            linker: &mut Linker<T>,
            interface: Interface,
            import: Import<'_>,
        ) -> wasmtime::Result<()> {
            match interface {
                $($(Interface::$interface => $file::$($define)::+(linker, import),)*)*
            }
        }
    };
}

catalogue!(definitions);

/// Defines in `linker` the interfaces that a plan lists, and no others: each definition takes time
/// at every start.
///
/// # Errors
/// When an interface can't be defined, which is a fault of ours.
pub fn link<T: Guarded>(linker: &mut Linker<T>, plan: &Plan) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    for interface in &plan.interfaces {
        define(linker, *interface, Import { name: interface.name(), guest: 0 })?;
    }
    if plan.mounts {
        mount::link(linker)?;
    }

    let guests = plan.guests();
    for own in &plan.own {
        let guest = guests
            .iter()
            .position(|name| *name == own.guest)
            .expect("every own import has a guest")
            + 1;
        define(linker, own.interface, Import { name: &own.name, guest })?;
    }

    Ok(())
}
