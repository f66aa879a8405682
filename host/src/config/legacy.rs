//! What legacy modules are wrapped for.

use std::fmt;
use std::str::FromStr;

/// How a legacy module becomes a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legacy {
    /// Which dialect of socket functions the module speaks; each import is looked at by itself
    /// unless this says otherwise.
    pub sockets: Sockets,
    /// Refuse a socket function that no dialect has, instead of answering its calls with `ENOSYS`.
    pub strict_imports: bool,
    /// The patch of WASI 0.2 that the component's host has. Below 12 there is no `exit-with-code`,
    /// and an exit code other than 0 becomes 1.
    pub wasi_patch: u32,
    /// The module finds sockets open when it starts, which hosts of ours name: it imports
    /// `forebay:preview1/preopens`.
    pub preopened_sockets: bool,
    /// A module that opens sockets can open Unix sockets, too, by `forebay:stream/open`, which hosts
    /// of ours have.
    pub unix_sockets: bool,
}

impl Default for Legacy {
    fn default() -> Self {
        Legacy {
            sockets: Sockets::Auto,
            strict_imports: false,
            wasi_patch: Self::NEWEST,
            preopened_sockets: false,
            unix_sockets: false,
        }
    }
}

impl Legacy {
    /// The patch of WASI 0.2 that our adapter is written for.
    pub const NEWEST: u32 = 12;

    /// Reads a version of WASI, as in `0.2.6`, and gives its patch.
    ///
    /// # Errors
    /// In words, when it's no version of WASI 0.2, or one that isn't there yet.
    pub fn patch(version: &str) -> Result<u32, String> {
        let patch = version.strip_prefix("0.2.").and_then(|patch| patch.parse().ok());
        patch.filter(|patch| *patch <= Self::NEWEST).ok_or_else(|| {
            format!(
                "components are made for WASI 0.2.0 to 0.2.{}, not for `{version}`",
                Self::NEWEST
            )
        })
    }
}

/// A text that differs where wrapped programs do.
impl fmt::Display for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sockets {:?}, strict {}, 0.2.{}, {}, {}",
            self.sockets,
            self.strict_imports,
            self.wasi_patch,
            self.preopened_sockets,
            self.unix_sockets
        )
    }
}

/// Which socket functions, beyond the four of preview 1, a module speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sockets {
    /// Each import tells by its type.
    #[default]
    Auto,
    /// None: any such import is unknown.
    None,
    /// WasmEdge's first version: accept takes two parameters, an address has four or sixteen
    /// octets.
    WasmEdgeV1,
    /// WasmEdge's second version: accept takes three, an address has 128 bytes that begin with its
    /// family.
    WasmEdgeV2,
    /// WAMR's.
    Wamr,
    /// Radu Matei's: `sock_connect` takes an address and makes a descriptor.
    Radu,
}

impl Sockets {
    /// Every dialect, by the name that a user gives.
    pub const NAMES: [(&'static str, Sockets); 6] = [
        ("auto", Sockets::Auto),
        ("none", Sockets::None),
        ("wasmedge-v1", Sockets::WasmEdgeV1),
        ("wasmedge-v2", Sockets::WasmEdgeV2),
        ("wamr", Sockets::Wamr),
        ("radu", Sockets::Radu),
    ];
}

impl FromStr for Sockets {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(own, _)| *own == name).map(|(_, dialect)| *dialect);
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
            format!("no such dialect of sockets; there are {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_dialects_are_read() {
        assert_eq!(Legacy::patch("0.2.6"), Ok(6));
        for wrong in ["0.2", "0.2.13", "0.3.0", "0.2.x", ""] {
            assert!(Legacy::patch(wrong).is_err(), "{wrong}");
        }
        for (name, dialect) in Sockets::NAMES {
            assert_eq!(name.parse(), Ok(dialect));
        }
        assert!("wasmedge-v3".parse::<Sockets>().unwrap_err().contains("wasmedge-v2"));
    }

    #[test]
    fn each_setting_is_told_apart() {
        let plain = Legacy::default();
        for other in [
            Legacy { sockets: Sockets::None, ..plain.clone() },
            Legacy { strict_imports: true, ..plain.clone() },
            Legacy { wasi_patch: 3, ..plain.clone() },
            Legacy { preopened_sockets: true, ..plain.clone() },
            Legacy { unix_sockets: true, ..plain.clone() },
        ] {
            assert_ne!(plain.to_string(), other.to_string());
        }
    }
}
