//! The catalogue of the host's interfaces: what each is called, at which version, and how guests
//! share the authority that it hands out. Pure.
//!
//! The host provides whole interfaces at one version of each line (WASI 0.2 and 0.3). An import of
//! any version that semver calls compatible is met by it, as the component model's linking rules
//! say; a release candidate is met by nothing else.

mod catalogue;
mod guest_import;

use std::fmt;

pub(crate) use catalogue::catalogue;
pub use guest_import::{GuestImport, guest_import_name, guests_own, importing_guest};

use crate::names::{fits, split};

/// How an interface of the host is given to guests that share a store.
///
/// A handle (a descriptor, a socket, a stream) is authority that someone was given. What matters is
/// where handles come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// It gives no authority: all guests share it.
    Shared,
    /// It hands out authority. Each guest has it under a name of its own, which ends with this
    /// label.
    Own(&'static str),
    /// Only the main guest can have it: it hands out authority together with the types of what it
    /// hands out, which under a second name would be other types, or what only the user can name.
    MainOnly,
}

/// The version of each line of interfaces.
macro_rules! version {
    (wasi02) => {
        "0.2.12"
    };
    (wasi03) => {
        "0.3.0"
    };
    (forebay) => {
        "0.1.0"
    };
}

/// The version of WASI 0.2 that the host has.
pub const WASI_02: &str = version!(wasi02);
/// The version of WASI 0.3 that the host has.
pub const WASI_03: &str = version!(wasi03);

macro_rules! interfaces {
    ($($package:literal $line:ident in $file:ident {
        $($interface:ident: $name:literal, $sharing:expr, $($define:ident)::+;)*
    })*) => {
        /// An interface of the host.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Interface {
            $($(
                #[doc = concat!("`", $package, "/", $name, "@", version!($line), "`")]
                $interface,
            )*)*
        }

        impl Interface {
            /// All of them.
            pub const ALL: &[Interface] = &[$($(Interface::$interface),*),*];

            /// Its name with its exact version: `namespace:package/interface@version`.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Interface::$interface => {
                        concat!($package, "/", $name, "@", version!($line))
                    })*)*
                }
            }

            /// How guests that share a store have it.
            pub const fn sharing(self) -> Sharing {
                use Sharing::{MainOnly, Own, Shared};

                match self {
                    $($(Interface::$interface => $sharing,)*)*
                }
            }
        }
    };
}

catalogue!(interfaces);

impl Interface {
    /// The one that meets an import: the same name, at a compatible version.
    pub fn meeting(import: &str) -> Option<Interface> {
        Interface::ALL.iter().copied().find(|interface| fits(import, interface.name()))
    }

    /// The names of all, with their versions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Interface::ALL.iter().map(|interface| interface.name())
    }

    /// Those of this path, at whatever version.
    pub fn of_path(path: &str) -> impl Iterator<Item = Interface> {
        Interface::ALL.iter().copied().filter(move |own| split(own.name()).0 == path)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_there_once() {
        let names: BTreeSet<&str> = Interface::names().collect();
        assert_eq!(names.len(), Interface::ALL.len());
    }

    #[test]
    fn what_hands_out_authority_is_not_shared() {
        assert_eq!(Interface::IoStreams02.sharing(), Sharing::Shared);
        assert_eq!(Interface::SocketsTypes03.sharing(), Sharing::MainOnly);
        assert_eq!(Interface::FilesystemPreopens02.sharing(), Sharing::Own("preopens"));
    }
}
