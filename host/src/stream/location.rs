//! Where bytes come from or go to, as text: a path or a URL. Parsing opens nothing.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use bytes::Bytes;
use url::Url;

use crate::stream::failure::{Failure, Kind};
use crate::units;

/// A parsed place. [`Display`](fmt::Display) shows it without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file, or whatever stands in the file system: a plain path, or `file:`.
    Path(PathBuf),
    /// `-`: standard input or output.
    Standard,
    /// `fd:N`: a descriptor that the process was started with.
    Descriptor(i32),
    /// `tcp://HOST:PORT`.
    Tcp(Endpoint),
    /// `tls://HOST:PORT`.
    Tls(Endpoint),
    /// `unix:PATH`.
    Unix(PathBuf),
    /// `http:` and `https:`; `http+post:` and `https+post:` write by POST, where the others write
    /// by PUT.
    Http {
        /// The address, with the plain scheme and without credentials.
        url: Url,
        /// `USER:PASSWORD`, decoded.
        credentials: Option<String>,
        /// Whether it's written by POST.
        post: bool,
    },
    /// `random:`, and `random:?len=N`: random bytes, for ever or so many.
    Random(Option<u64>),
    /// `zero:`, and `zero:?len=N`: zeros, for ever or so many.
    Zero(Option<u64>),
    /// `null:`: nothing to read; what is written is forgotten.
    Null,
    /// `data:`: the bytes that the URL holds.
    Data(Bytes),
    /// `mem:NAME`: memory, shared by all who name it in one run.
    Memory(String),
    /// `log:PREFIX`: lines for the log.
    Log(String),
}

/// A peer by name or address, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Which way bytes flow, seen from the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The guest reads.
    Source,
    /// The guest writes.
    Sink,
}

/// Every scheme, with the directions that it has.
const SCHEMES: &[(&str, &str)] = &[
    ("file", "read and write"),
    ("fd", "read and write"),
    ("tcp", "read and write"),
    ("tls", "read and write"),
    ("unix", "read and write"),
    ("http", "read (GET) and write (PUT)"),
    ("https", "read (GET) and write (PUT)"),
    ("http+post", "write (POST)"),
    ("https+post", "write (POST)"),
    ("random", "read"),
    ("zero", "read"),
    ("null", "read and write"),
    ("data", "read"),
    ("mem", "read and write"),
    ("log", "write"),
];

impl Location {
    /// How many bytes its parts take.
    pub(crate) fn size(&self) -> usize {
        match self {
            Location::Path(path) | Location::Unix(path) => path.as_os_str().len(),
            Location::Tcp(endpoint) | Location::Tls(endpoint) => endpoint.host.len(),
            Location::Http { url, credentials, .. } => {
                url.as_str().len() + credentials.as_deref().map_or(0, str::len)
            }
            Location::Data(bytes) => bytes.len(),
            Location::Memory(text) | Location::Log(text) => text.len(),
            Location::Standard
            | Location::Descriptor(_)
            | Location::Random(_)
            | Location::Zero(_)
            | Location::Null => 0,
        }
    }

    /// Whether bytes can flow this way; the error says which way they can.
    ///
    /// # Errors
    /// `Kind::BadUrl`, when this is only a source or only a sink.
    pub fn check(&self, direction: Direction) -> Result<(), Failure> {
        let wrong = match (self, direction) {
            (Location::Random(_) | Location::Zero(_) | Location::Data(_), Direction::Sink) => {
                "can only be read"
            }
            (Location::Log(_) | Location::Http { post: true, .. }, Direction::Source) => {
                "can only be written"
            }
            _ => return Ok(()),
        };
        Err(Failure::new(Kind::BadUrl, format!("`{}:` {wrong}", self.scheme())))
    }

    /// The scheme's name; a plain path is `file`, and `-` is `-`.
    pub fn scheme(&self) -> &'static str {
        match self {
            Location::Path(_) => "file",
            Location::Standard => "-",
            Location::Descriptor(_) => "fd",
            Location::Tcp(_) => "tcp",
            Location::Tls(_) => "tls",
            Location::Unix(_) => "unix",
            Location::Http { url, post: false, .. } if url.scheme() == "https" => "https",
            Location::Http { post: false, .. } => "http",
            Location::Http { url, .. } if url.scheme() == "https" => "https+post",
            Location::Http { .. } => "http+post",
            Location::Random(_) => "random",
            Location::Zero(_) => "zero",
            Location::Null => "null",
            Location::Data(_) => "data",
            Location::Memory(_) => "mem",
            Location::Log(_) => "log",
        }
    }

    /// Whether `text` is read as a URL rather than as a path.
    pub fn is_url(text: &str) -> bool {
        text.split_once(':').is_some_and(|(scheme, rest)| {
            known(scheme) || (well_formed(scheme) && rest.starts_with("//"))
        })
    }
}

fn known(scheme: &str) -> bool {
    SCHEMES.iter().any(|(name, _)| scheme.eq_ignore_ascii_case(name))
}

fn well_formed(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn bad(why: impl Into<String>) -> Failure {
    Failure::new(Kind::BadUrl, why)
}

impl FromStr for Location {
    type Err = Failure;

    /// Reads a path or a URL. A path whose text looks like one of our URLs is written with `./`
    /// before it.
    fn from_str(text: &str) -> Result<Self, Failure> {
        if text == "-" {
            return Ok(Location::Standard);
        }
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text.contains('\0') {
            return Err(bad("it holds a NUL byte"));
        }
        if !Location::is_url(text) {
            return Ok(Location::Path(text.into()));
        }
        let (scheme, rest) = text.split_once(':').expect("a URL has a colon");
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "file" => file(rest),
            "fd" => match rest.parse() {
                Ok(number) if number >= 0 => Ok(Location::Descriptor(number)),
                _ => Err(bad("a descriptor is a number, as in `fd:3`")),
            },
            "tcp" => endpoint(text).map(Location::Tcp),
            "tls" => endpoint(text).map(Location::Tls),
            "unix" => match decoded(rest.strip_prefix("//").unwrap_or(rest))? {
                path if path.is_empty() => Err(bad("it names no socket; write `unix:/run/x.sock`")),
                path => Ok(Location::Unix(path.into())),
            },
            "http" | "https" | "http+post" | "https+post" => http(&scheme, rest),
            "random" => length(rest).map(Location::Random),
            "zero" => length(rest).map(Location::Zero),
            "null" if rest.is_empty() => Ok(Location::Null),
            "null" => Err(bad("`null:` stands alone")),
            "data" => super::data::decode(text).map(Location::Data),
            "mem" if rest.is_empty() => Err(bad("it names no memory; write `mem:NAME`")),
            "mem" => Ok(Location::Memory(decoded(rest)?)),
            "log" => Ok(Location::Log(decoded(rest)?)),
            _ => Err(unknown(&scheme)),
        }
    }
}

fn unknown(scheme: &str) -> Failure {
    let names: Vec<String> = SCHEMES.iter().map(|(name, _)| format!("`{name}:`")).collect();
    Failure::new(Kind::UnknownScheme, format!("there is no scheme `{scheme}:`")).hint(format!(
        "there are {}; a file of such a name is written with `./` before it",
        names.join(", ")
    ))
}

fn file(rest: &str) -> Result<Location, Failure> {
    let path = match rest.strip_prefix("//") {
        Some(after) => match after.find('/') {
            Some(0) => after,
            Some(at) if after[..at].eq_ignore_ascii_case("localhost") => &after[at..],
            _ => return Err(bad("a file is on this host; write `file:///PATH`")),
        },
        None => rest,
    };
    match decoded(path)? {
        path if path.is_empty() => Err(bad("it names no file")),
        path => Ok(Location::Path(path.into())),
    }
}

fn decoded(text: &str) -> Result<String, Failure> {
    let decoded = percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| bad("it isn't UTF-8"))?;
    if decoded.contains('\0') { Err(bad("it holds a NUL byte")) } else { Ok(decoded.into_owned()) }
}

fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| bad(format!("it is not a valid URL: {error}")))
}

fn endpoint(text: &str) -> Result<Endpoint, Failure> {
    let url = parse(text)?;
    let example = format!("write `{}://HOST:PORT`", url.scheme());
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(format!("`{}:` has no credentials", url.scheme())).hint(example));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("something follows the port").hint(example));
    }
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) if !host.is_empty() => {
            let bare =
                host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            Ok(Endpoint { host: decoded(bare)?, port })
        }
        (Some(host), None) if !host.is_empty() => Err(bad("it names no port").hint(example)),
        _ => Err(bad("it names no host").hint(example)),
    }
}

fn http(scheme: &str, rest: &str) -> Result<Location, Failure> {
    let (plain, post) = match scheme.strip_suffix("+post") {
        Some(plain) => (plain, true),
        None => (scheme, false),
    };
    let mut url = parse(&format!("{plain}:{rest}"))?;
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => {
            Some(format!("{}:{}", decoded(user)?, decoded(password.unwrap_or_default())?))
        }
    };
    url.set_username("")
        .and_then(|()| url.set_password(None))
        .map_err(|()| bad("it names no host"))?;
    url.set_fragment(None);
    Ok(Location::Http { url, credentials, post })
}

/// `?len=SIZE`, or nothing.
fn length(rest: &str) -> Result<Option<u64>, Failure> {
    if rest.is_empty() {
        return Ok(None);
    }
    let size =
        rest.strip_prefix("?len=").ok_or_else(|| bad("only `?len=SIZE` may follow the colon"))?;
    units::size(size).map(Some).map_err(|error| bad(error.to_string()))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sized = |f: &mut fmt::Formatter<'_>, name: &str, length: &Option<u64>| match length {
            Some(length) => write!(f, "{name}:?len={length}"),
            None => write!(f, "{name}:"),
        };
        match self {
            Location::Path(path) => write!(f, "{}", path.display()),
            Location::Standard => f.write_str("-"),
            Location::Descriptor(number) => write!(f, "fd:{number}"),
            Location::Tcp(endpoint) => write!(f, "tcp://{endpoint}"),
            Location::Tls(endpoint) => write!(f, "tls://{endpoint}"),
            Location::Unix(path) => write!(f, "unix:{}", path.display()),
            // A query often holds a token.
            Location::Http { url, .. } if url.query().is_some() => {
                let mut shown = url.clone();
                shown.set_query(None);
                write!(f, "{shown}?…")
            }
            Location::Http { url, .. } => write!(f, "{url}"),
            Location::Random(length) => sized(f, "random", length),
            Location::Zero(length) => sized(f, "zero", length),
            Location::Null => f.write_str("null:"),
            Location::Data(bytes) => write!(f, "data: ({} bytes)", bytes.len()),
            Location::Memory(name) => write!(f, "mem:{name}"),
            Location::Log(prefix) => write!(f, "log:{prefix}"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
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
        let Location::Http { credentials, url, .. } = location else { panic!() };
        assert_eq!(credentials.as_deref(), Some("user:secret"));
        assert_eq!(url.query(), Some("token=secret"));
    }
}
