//! The names under which each guest of a graph imports, for itself, what hands out authority.
//!
//! In a composed graph the main guest imports such interfaces under their own names. Every other
//! guest imports them under a name of its own, `GUEST-preopens` with the annotation that it
//! implements `wasi:filesystem/preopens`, and the host answers each with that guest's grants. The
//! names say all: a composition that was written to a file is wired in the same way.

use crate::interfaces::{Interface, Sharing};

/// An import under a guest's own name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuestImport {
    /// The guest.
    pub guest: String,
    /// The import's name.
    pub name: String,
    /// The host's interface that it stands for.
    pub interface: Interface,
}

impl GuestImport {
    /// Reads an import that says it implements an interface; `None` if it is none of a guest's own.
    pub fn read(name: &str, implements: &str) -> Option<GuestImport> {
        let interface = Interface::meeting(implements)?;
        let Sharing::Own(label) = interface.sharing() else { return None };
        let guest = name.strip_suffix(label)?.strip_suffix('-')?;

        (!guest.is_empty()).then(|| GuestImport {
            guest: guest.to_owned(),
            name: name.to_owned(),
            interface,
        })
    }
}

/// The name under which `guest` imports what is called `label`.
pub fn guest_import_name(guest: &str, label: &str) -> String {
    format!("{guest}-{label}")
}

/// Whose import this is, if it has the name of one of a guest's own.
pub fn importing_guest(import: &str) -> Option<&str> {
    guests_own(import).map(|(guest, _)| guest)
}

/// Whose import of which interface this is, if it has the name of one of a guest's own.
pub fn guests_own(import: &str) -> Option<(&str, Interface)> {
    let (guest, label) = import.rsplit_once('-')?;
    let is_label = |own: &&Interface| matches!(own.sharing(), Sharing::Own(own) if own == label);

    Some((guest, *Interface::ALL.iter().find(is_label)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn labels() -> Vec<(Interface, &'static str)> {
        let label = |interface: &Interface| match interface.sharing() {
            Sharing::Own(label) => Some((*interface, label)),
            Sharing::Shared | Sharing::MainOnly => None,
        };
        Interface::ALL.iter().filter_map(label).collect()
    }

    #[test]
    fn every_name_of_a_guests_own_is_read_back() {
        for (interface, label) in labels() {
            let read =
                GuestImport::read(&guest_import_name("a-b", label), interface.name()).unwrap();
            assert_eq!((read.guest.as_str(), read.interface), ("a-b", interface));
        }

        let none = |name, implements| assert_eq!(GuestImport::read(name, implements), None);
        none("mesh-preopens", "wasi:filesystem/types@0.2.6");
        none("preopens", "wasi:filesystem/preopens@0.2.6");
        none("mesh-open", "wasi:filesystem/preopens@0.2.6");

        assert_eq!(importing_guest("a-b-preopens3"), Some("a-b"));
        assert_eq!((importing_guest("a-b"), importing_guest("preopens")), (None, None));
    }

    #[test]
    fn a_label_is_one_word_and_stands_for_one_interface() {
        let all = labels();
        assert!(all.iter().all(|(_, label)| !label.contains('-')));
        assert_eq!(all.iter().map(|(_, label)| label).collect::<BTreeSet<_>>().len(), all.len());
    }
}
