//! Which interfaces hand out authority, and the names under which each guest of a graph imports
//! them for itself.
//!
//! A handle (a descriptor, a socket, a stream) is authority that someone was given; these
//! interfaces are where it comes from. In a composed graph the main guest imports them under their
//! own names. Every other guest imports them under a name of its own, `GUEST-preopens` with the
//! annotation that it implements `wasi:filesystem/preopens`, and the host answers each with that
//! guest's grants. The names say all: a composition that was written to a file is wired in the same
//! way.

use crate::plan::provider;

/// The interfaces that hand out authority, and what each is called after a guest's name: one word,
/// without a hyphen, so that no two guests' names and words make the same name.
const SEPARATE: &[(&str, &str)] = &[
    ("forebay:stream/async-open@0.1.0", "asyncopen"),
    ("forebay:stream/open@0.1.0", "open"),
    ("wasi:cli/environment@0.2.12", "environment"),
    ("wasi:cli/environment@0.3.0", "environment3"),
    ("wasi:cli/stderr@0.2.12", "stderr"),
    ("wasi:cli/stderr@0.3.0", "stderr3"),
    ("wasi:cli/stdin@0.2.12", "stdin"),
    ("wasi:cli/stdin@0.3.0", "stdin3"),
    ("wasi:cli/stdout@0.2.12", "stdout"),
    ("wasi:cli/stdout@0.3.0", "stdout3"),
    ("wasi:cli/terminal-stderr@0.2.12", "terminalstderr"),
    ("wasi:cli/terminal-stderr@0.3.0", "terminalstderr3"),
    ("wasi:cli/terminal-stdin@0.2.12", "terminalstdin"),
    ("wasi:cli/terminal-stdin@0.3.0", "terminalstdin3"),
    ("wasi:cli/terminal-stdout@0.2.12", "terminalstdout"),
    ("wasi:cli/terminal-stdout@0.3.0", "terminalstdout3"),
    ("wasi:filesystem/preopens@0.2.12", "preopens"),
    ("wasi:filesystem/preopens@0.3.0", "preopens3"),
    ("wasi:http/client@0.3.0", "client3"),
    ("wasi:http/outgoing-handler@0.2.12", "outgoinghandler"),
    ("wasi:sockets/instance-network@0.2.12", "instancenetwork"),
    ("wasi:sockets/ip-name-lookup@0.2.12", "ipnamelookup"),
    ("wasi:sockets/ip-name-lookup@0.3.0", "ipnamelookup3"),
    ("wasi:sockets/tcp-create-socket@0.2.12", "tcpcreatesocket"),
    ("wasi:sockets/udp-create-socket@0.2.12", "udpcreatesocket"),
];

/// Interfaces that hand out authority together with the types of what they hand out: a name of its
/// own would make these other types; and what only the command line can name. Only the main guest
/// can have them.
const INSEPARABLE: &[&str] = &["forebay:preview1/preopens@0.1.0", "wasi:sockets/types@0.3.0"];

/// How an interface of the host is given to one guest among several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handing {
    /// It gives no authority: all guests share it.
    Shared,
    /// Each guest has it under a name of its own, which ends so.
    Separate(&'static str),
    /// It can't be given to two guests with different grants.
    Inseparable,
}

/// How the host's interface (a name in [`PROVIDED`](crate::plan::PROVIDED)) is given to one guest
/// among several.
pub fn handing(interface: &str) -> Handing {
    if INSEPARABLE.contains(&interface) {
        return Handing::Inseparable;
    }
    SEPARATE
        .iter()
        .find(|(own, _)| *own == interface)
        .map_or(Handing::Shared, |(_, label)| Handing::Separate(label))
}

/// An import under a guest's own name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Own {
    /// The guest.
    pub guest: String,
    /// The import's name.
    pub import: String,
    /// The host's interface that it stands for.
    pub interface: &'static str,
}

/// The name under which `guest` imports what is called `label`.
pub fn own_name(guest: &str, label: &str) -> String {
    format!("{guest}-{label}")
}

/// Whose import this is, if it has the name of one of a guest's own.
pub fn owner(import: &str) -> Option<&str> {
    let (guest, label) = import.rsplit_once('-')?;
    SEPARATE.iter().any(|(_, own)| *own == label).then_some(guest)
}

/// Reads an import that says it implements an interface; `None` if it is none of a guest's own.
pub fn own(import: &str, implements: &str) -> Option<Own> {
    let interface = provider(implements)?;
    let Handing::Separate(label) = handing(interface) else { return None };
    let guest = import.strip_suffix(label)?.strip_suffix('-')?;
    (!guest.is_empty()).then(|| Own {
        guest: guest.to_owned(),
        import: import.to_owned(),
        interface,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PROVIDED;

    #[test]
    fn every_name_of_a_guests_own_is_read_back() {
        for (interface, label) in SEPARATE {
            assert!(PROVIDED.contains(interface), "{interface}");
            let read = own(&own_name("a-b", label), interface).unwrap();
            assert_eq!((read.guest.as_str(), read.interface), ("a-b", *interface));
        }
        assert_eq!(own("mesh-preopens", "wasi:filesystem/types@0.2.6"), None);
        assert_eq!(own("preopens", "wasi:filesystem/preopens@0.2.6"), None);
        assert_eq!(own("mesh-open", "wasi:filesystem/preopens@0.2.6"), None);
        assert_eq!(
            (owner("a-b-preopens3"), owner("a-b"), owner("preopens")),
            (Some("a-b"), None, None)
        );
        assert!(SEPARATE.iter().all(|(_, label)| !label.contains('-')));
    }

    #[test]
    fn what_gives_no_authority_is_shared() {
        assert_eq!(handing("wasi:io/streams@0.2.12"), Handing::Shared);
        assert_eq!(handing("wasi:sockets/types@0.3.0"), Handing::Inseparable);
    }
}
