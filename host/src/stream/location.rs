//! Where bytes come from or go to, as text: a path, `-`, or a URL. Parsing opens nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::names::nearest_of;
use crate::stream::endpoint::Endpoint;
use crate::stream::failure::{Failure, Kind};
use crate::stream::file;
use crate::stream::scheme::{Direction, HostPlace, Target, Text, bad, wrong_way};
use crate::stream::schemes;
use crate::stream::tcp;
use crate::stream::unix;

/// A parsed place. [`Display`](fmt::Display) shows it without credentials.
#[derive(Clone, Debug)]
pub struct Location(Option<Arc<dyn Target>>);

impl Location {
    /// `-`: standard input or output.
    pub const STANDARD: Location = Location(None);

    /// A file, or whatever stands in the file system.
    pub fn path(path: impl Into<PathBuf>) -> Location {
        Location(Some(Arc::new(file::At(path.into()))))
    }

    /// A peer that connected.
    pub(super) fn tcp(peer: Endpoint) -> Location {
        Location(Some(Arc::new(tcp::Peer(peer))))
    }

    /// A socket in the file system.
    pub(super) fn unix(path: PathBuf) -> Location {
        Location(Some(Arc::new(unix::Socket(path))))
    }

    /// What it names, unless that is standard input or output.
    pub(super) fn target(&self) -> Option<&dyn Target> {
        self.0.as_deref()
    }

    /// The path, if it's one.
    pub fn as_path(&self) -> Option<&Path> {
        match self.host_place() {
            HostPlace::Path(path) => Some(path),
            _ => None,
        }
    }

    /// What of the host it's at.
    pub fn host_place(&self) -> HostPlace<'_> {
        self.target().map_or(HostPlace::Nothing, Target::host_place)
    }

    /// How many bytes its parts take.
    pub(crate) fn size(&self) -> usize {
        self.target().map_or(0, Target::size)
    }

    /// Whether there may be a connection at it.
    pub fn connects(&self) -> bool {
        self.target().is_some_and(Target::connects)
    }

    /// Whether closing a sink waits for what only that tells.
    pub(super) fn is_finished_late(&self) -> bool {
        self.target().is_some_and(Target::is_finished_late)
    }

    /// Whether bytes can flow this way; the error says which way they can.
    ///
    /// # Errors
    /// `Kind::BadUrl`, when this is only a source or only a sink.
    pub fn check(&self, direction: Direction) -> Result<(), Failure> {
        match self.target().and_then(Target::only) {
            Some(only) if only != direction => Err(wrong_way(self.scheme(), only)),
            _ => Ok(()),
        }
    }

    /// The scheme's name; a plain path is `file`, and `-` is `-`.
    pub fn scheme(&self) -> &'static str {
        self.target().map_or("-", Target::scheme)
    }

    /// Whether `text` is read as a URL rather than as a path.
    pub fn is_url(text: &str) -> bool {
        text.split_once(':').is_some_and(|(scheme, rest)| {
            schemes::find(scheme).is_some() || (well_formed(scheme) && rest.starts_with("//"))
        })
    }
}

/// Two are equal if all that they name is.
impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

fn well_formed(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

impl FromStr for Location {
    type Err = Failure;

    /// Reads a path or a URL. A path whose text looks like one of our URLs is written with `./`
    /// before it.
    fn from_str(text: &str) -> Result<Self, Failure> {
        if text == "-" {
            return Ok(Location::STANDARD);
        }
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text.contains('\0') {
            return Err(bad("it holds a NUL byte"));
        }
        if !Location::is_url(text) {
            return Ok(Location::path(text));
        }

        let (scheme, rest) = text.split_once(':').expect("a URL has a colon");
        let scheme = scheme.to_ascii_lowercase();
        let known = schemes::find(&scheme).ok_or_else(|| unknown(&scheme))?;
        known.read(Text { scheme: &scheme, rest, whole: text }).map(|target| Location(Some(target)))
    }
}

fn unknown(scheme: &str) -> Failure {
    let names: Vec<String> = schemes::names().map(|name| format!("`{name}:`")).collect();
    let meant = nearest_of(scheme, schemes::names());
    let meant = meant.map(|name| format!("is it `{name}:`? ")).unwrap_or_default();
    Failure::new(Kind::UnknownScheme, format!("there is no scheme `{scheme}:`")).hint(format!(
        "{meant}there are {}; a file of such a name is written with `./` before it",
        names.join(", ")
    ))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(target) => write!(f, "{target}"),
            None => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match text.parse::<Location>() {
            Ok(location) => format!("{} {location}", location.scheme()),
            Err(failure) => format!("{:?} {failure}", failure.kind),
        }
    }

    #[test]
    fn each_scheme_is_read_and_shown() {
        for (text, expected) in [
            ("photo.jpg", "file photo.jpg"),
            ("a:b", "file a:b"),
            ("./tcp:x", "file ./tcp:x"),
            ("file:///a%20b", "file /a b"),
            ("file:x", "file x"),
            ("-", "- -"),
            ("fd:3", "fd fd:3"),
            ("tcp://127.0.0.1:9000", "tcp tcp://127.0.0.1:9000"),
            ("TLS://[::1]:443/", "tls tls://[::1]:443"),
            ("unix:/run/x", "unix unix:/run/x"),
            ("unix:///run/x", "unix unix:/run/x"),
            ("https://h/p#f", "https https://h/p"),
            ("http+post://h/", "http+post http://h/"),
            ("random:?len=1KiB", "random random:?len=1024"),
            ("zero:", "zero zero:"),
            ("null:", "null null:"),
            ("data:,a%20b", "data data: (3 bytes)"),
            ("mem:x", "mem mem:x"),
            ("log:", "log log:"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said() {
        for (text, expected) in [
            ("", "BadUrl it is empty"),
            ("gopher://x", "UnknownScheme there is no scheme `gopher:`"),
            ("tcp://h", "BadUrl it names no port"),
            ("tcp://u@h:1", "BadUrl `tcp:` has no credentials"),
            ("tcp://h:1/x", "BadUrl something follows the port"),
            ("fd:x", "BadUrl a descriptor is a number, as in `fd:3`"),
            ("file://elsewhere/x", "BadUrl a file is on this host; write `file:///PATH`"),
            ("null:x", "BadUrl `null:` stands alone"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn credentials_and_queries_are_never_shown() {
        let location: Location = "https://user:secret@h/p?token=secret".parse().unwrap();
        assert!(!location.to_string().contains("secret"), "{location}");
        assert!(format!("{location:?}").contains("token=secret"), "what is asked for is whole");
    }
}
