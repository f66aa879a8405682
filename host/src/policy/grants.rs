//! What one guest is granted: directories, environment, network. A value; nothing is opened here.

use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Class, Error};
use crate::policy::{NetRule, Preopens};
use crate::quote::shell;

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
    /// Where its relative paths start, for programs that ask; it's the variable PWD, too.
    pub cwd: Option<String>,
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
        let parts: Vec<&str> = text.split("::").collect();
        let (host, guest, mode) = match parts[..] {
            [host] => (host, host, None),
            [host, guest] => (host, guest, None),
            [host, guest, mode] => (host, guest, Some(mode)),
            _ => return Err(wrong("it has more than three parts".into())),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(wrong("a part of it is empty".into()));
        }
        let read_only = match mode {
            None | Some("rw") => false,
            Some("ro") => true,
            Some(other) => {
                return Err(wrong(format!("the third part is `ro` or `rw`, not `{other}`")));
            }
        };
        if let Some(why) = misspelt(text, &parts) {
            return Err(wrong(why));
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

/// Whether `text` is a mode, as here or as other tools have them (`ro`, `RW`, `ro,z`), and not a
/// path.
pub(crate) fn is_mode(text: &str) -> bool {
    let words = || text.split(',').map(str::to_ascii_lowercase);
    let known = ["ro", "rw", "z", "u", "o", "cached", "delegated", "consistent"];
    words().any(|word| word == "ro" || word == "rw") && words().all(|word| known.contains(&&*word))
}

/// What other tools mean something else by, which would be a directory of a strange name here: a
/// mode in a path's place, or behind one colon; `HOST:/GUEST`.
fn misspelt(text: &str, parts: &[&str]) -> Option<String> {
    let last = parts.get(1).or(parts.first())?;
    let behind_one = last.rsplit_once(':').filter(|(_, mode)| is_mode(mode)).map(|(_, mode)| mode);
    let in_place = parts.get(1).copied().filter(|guest| is_mode(guest));
    let one_colon = (parts.len() == 1).then(|| last.find(":/").filter(|at| *at > 0)).flatten();

    let why = match (in_place, behind_one, one_colon) {
        (Some(mode), ..) => format!("`{mode}` is a mode, which comes third"),
        (_, Some(mode), _) => format!("`:{mode}` has one colon, and a mode comes third, after two"),
        (.., Some(_)) => "its parts stand apart by two colons".to_owned(),
        _ => return None,
    };
    let mut words: Vec<&str> = text.split(':').filter(|word| !word.is_empty()).collect();
    let mode = words.pop_if(|word| is_mode(word));
    let read_only =
        mode.is_some_and(|mode| mode.to_ascii_lowercase().split(',').any(|word| word == "ro"));
    let host = words.first()?;
    let guest = words.get(1).unwrap_or(host);
    let right = format!("{host}::{guest}{}", if read_only { "::ro" } else { "" });
    Some(format!("{why}: write `{}`", shell(&right)))
}

impl std::fmt::Display for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A directory called `ro` is one only where it stands alone.
        if !self.read_only && is_mode(&self.guest) {
            return write!(f, "{}", self.host.display());
        }
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

    #[test]
    fn the_spelling_of_other_tools_is_refused_with_the_right_one() {
        for (text, right) in [
            (".::ro", ".::.::ro"),
            (".::rw", ".::."),
            (".::RO", ".::.::ro"),
            (".::/x:ro", ".::/x::ro"),
            (".::/x:Ro,z", ".::/x::ro"),
            (".:/x", ".::/x"),
            (".:/x:ro", ".::/x::ro"),
            ("a b:/x:rw", "'a b::/x'"),
            (".:ro", ".::.::ro"),
            ("/data:ro", "/data::/data::ro"),
            (".:/x::ro", ".::/x::ro"),
        ] {
            let error = text.parse::<Directory>().unwrap_err();
            assert_eq!(error.class(), Class::Usage, "{text}");
            assert!(error.to_string().contains(&format!("write `{right}`")), "{text}: {error}");
        }
        for wrong in [".::/x::RO", ".::/x::", ".::/x::ro,z", ".::/x::ro ", "::/x", ".::::ro"] {
            assert!(wrong.parse::<Directory>().is_err(), "{wrong}");
        }
        for right in [".::/ro", ".::./ro", "ro", "rw::ro/x", "a:b", "z::z", "a:/b::/x", "x:rot"] {
            assert!(right.parse::<Directory>().is_ok(), "{right}");
        }
    }
}
