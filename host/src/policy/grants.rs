//! What one guest is granted: directories, environment, network. A value; nothing is opened here.

use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Class, Error};
use crate::policy::{NetRule, Preopens};

/// Everything that one guest is granted. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Host directories, in the order the guest sees them.
    pub directories: Vec<Directory>,
    /// Environment variables; of two with one name the later wins.
    pub env: Vec<(String, String)>,
    /// Network rules.
    pub net: Vec<NetRule>,
    /// Sockets that a legacy program finds open; each is a rule for itself.
    pub preopens: Preopens,
}

/// A host directory that a guest may use: `HOST[::GUEST[::ro]]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Directory {
    /// Where it is on the host.
    pub host: PathBuf,
    /// The path under which the guest sees it.
    pub guest: String,
    /// Whether nothing in it may be changed.
    pub read_only: bool,
}

impl FromStr for Directory {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| {
            Error::new(Class::Usage, format!("`{text}` is not a directory grant"))
                .cause(why)
                .hint("write `HOST`, `HOST::GUEST` or `HOST::GUEST::ro`")
        };
        let mut parts = text.split("::");
        let host = parts.next().unwrap_or_default();
        let guest = parts.next().unwrap_or(host);
        let read_only = match parts.next() {
            None | Some("rw") => false,
            Some("ro") => true,
            Some(other) => {
                return Err(wrong(format!("the third part is `ro` or `rw`, not `{other}`")));
            }
        };
        if parts.next().is_some() {
            return Err(wrong("it has more than three parts".into()));
        }
        if host.is_empty() || guest.is_empty() {
            return Err(wrong("a part of it is empty".into()));
        }
        if [host, guest].iter().any(|path| path.starts_with(':') || path.ends_with(':')) {
            return Err(wrong(
                "a path that begins or ends with `:` can't be told from the separators".into(),
            ));
        }
        if text.contains('\0') {
            return Err(wrong("it holds a NUL byte".into()));
        }
        Ok(Directory { host: host.into(), guest: guest.to_owned(), read_only })
    }
}

impl std::fmt::Display for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}::{}{}",
            self.host.display(),
            self.guest,
            if self.read_only { "::ro" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_read_as_host_guest_and_mode() {
        let read = |text: &str| text.parse::<Directory>().map(|d| (d.to_string(), d.read_only));
        assert_eq!(read(".").unwrap(), (".::.".into(), false));
        assert_eq!(read("a b::/data").unwrap(), ("a b::/data".into(), false));
        assert_eq!(read("/x::/y::ro").unwrap(), ("/x::/y::ro".into(), true));
        for bad in ["", "::", "a::", "a::b::rx", "a::b::ro::c", ":", "a:::b", "a::b:"] {
            assert_eq!(read(bad).unwrap_err().class(), Class::Usage, "{bad}");
        }
    }
}
