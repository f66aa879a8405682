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

/// Defines what answers for files of our own, in the generations that the program uses.
fn own_files<T: Guarded>(linker: &mut Linker<T>, plan: &Plan) -> wasmtime::Result<()> {
    if plan.interfaces.contains(&Interface::FilesystemTypes02) {
        node02::link(linker)?;
    }
    if plan.interfaces.contains(&Interface::FilesystemTypes03) {
        node03::link(linker)?;
    }
    Ok(())
}

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
    if plan.own_files {
        own_files(linker, plan)?;
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
