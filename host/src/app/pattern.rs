//! Which requests a route is for: `HOST/path/*`, `gopher:/selector`, `tcp:`. Pure.
//!
//! What a pattern names is compared part by part, decoded, and with empty parts left out, so that
//! no other spelling of a path gets past a route that is there for it.

use std::fmt;
use std::str::FromStr;

use crate::app::host::{HostName, HostPattern};
use crate::error::{Class, Error, Result};

/// What a route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Requests of HTTP.
    Http {
        /// Of which hosts; of any if it isn't said.
        host: Option<HostPattern>,
        /// Of which paths.
        path: PathPattern,
    },
    /// Selectors of Gopher.
    Gopher(PathPattern),
    /// Connections of TCP, to this port if one is named.
    Tcp(Option<u16>),
    /// Connections of Unix sockets, to the one at this path if one is named.
    Unix(Option<String>),
}

/// Which paths a route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    parts: Vec<Vec<u8>>,
    end: End,
}

/// How a pattern of paths ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With its last part.
    Part,
    /// With a slash after it.
    Slash,
    /// With anything or nothing beneath it.
    Beneath,
}

/// A path as a client wrote it, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath {
    /// The parts, decoded; none of them is empty, `.` or `..`.
    pub parts: Vec<Vec<u8>>,
    /// Where each part ends in what the client wrote.
    ends: Vec<usize>,
    /// Whether a slash follows the last part.
    pub slash: bool,
}

/// Why a path can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// It doesn't start with a slash.
    Relative,
    /// A `%` isn't followed by two hexadecimal digits.
    Encoding,
    /// It holds a zero.
    Zero,
    /// A part of it is `.` or `..`, however that is spelt.
    Dots,
}

impl RequestPath {
    /// The path of an HTTP request, without its query.
    ///
    /// # Errors
    /// When it means nothing, or could mean something else to somebody else.
    pub fn http(raw: &str) -> Result<RequestPath, BadPath> {
        RequestPath::read(raw.as_bytes(), true)
    }

    /// A selector of Gopher. Nothing is encoded in it, and an empty one is `/`.
    ///
    /// # Errors
    /// As [`http`](RequestPath::http), but for a selector that doesn't start with a slash: it's
    /// beneath `/`, too.
    pub fn gopher(selector: &[u8]) -> Result<RequestPath, BadPath> {
        match selector.first() {
            Some(b'/') => RequestPath::read(selector, false),
            _ => {
                let mut path = RequestPath::read(&[b"/", selector].concat(), false)?;
                path.ends.iter_mut().for_each(|end| *end -= 1);
                Ok(path)
            }
        }
    }

    fn read(raw: &[u8], encoded: bool) -> Result<RequestPath, BadPath> {
        if raw.first() != Some(&b'/') {
            return Err(BadPath::Relative);
        }

        let mut path = RequestPath { parts: Vec::new(), ends: Vec::new(), slash: true };
        let mut end = 0;
        for part in raw.split(|byte| *byte == b'/') {
            end += part.len();
            path.slash = part.is_empty();
            if !part.is_empty() {
                path.parts.push(check(if encoded { decode(part)? } else { part.to_vec() })?);
                path.ends.push(end);
            }
            end += 1;
        }
        Ok(path)
    }

    /// Where, in what the client wrote, the first `count` parts end.
    pub fn end_of(&self, count: usize) -> usize {
        count.checked_sub(1).map_or(0, |last| self.ends[last])
    }
}

fn check(part: Vec<u8>) -> Result<Vec<u8>, BadPath> {
    match part.as_slice() {
        b"." | b".." => Err(BadPath::Dots),
        part if part.contains(&0) => Err(BadPath::Zero),
        // A slash that was encoded doesn't separate, but what is behind may think it does.
        part if part.split(|byte| matches!(byte, b'/' | b'\\')).any(|piece| piece == b"..") => {
            Err(BadPath::Dots)
        }
        _ => Ok(part),
    }
}

fn decode(text: &[u8]) -> Result<Vec<u8>, BadPath> {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3).ok_or(BadPath::Encoding)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadPath::Encoding);
        }
        rest = &rest[at + 3..];
    }
    Ok(percent_encoding::percent_decode(text).collect())
}

impl PathPattern {
    fn read(text: &str, encoded: bool) -> Result<PathPattern, BadPath> {
        let (text, beneath) = match text.strip_suffix("/*").or(text.strip_suffix("/...")) {
            Some(text) => (text, true),
            None => (text, false),
        };
        if text.is_empty() && beneath {
            return Ok(PathPattern { parts: Vec::new(), end: End::Beneath });
        }

        let path = RequestPath::read(text.as_bytes(), encoded)?;
        let end = match (beneath, path.slash) {
            (true, _) => End::Beneath,
            (false, true) => End::Slash,
            (false, false) => End::Part,
        };
        Ok(PathPattern { parts: path.parts, end })
    }

    /// Whether it's for this path.
    pub fn is_for(&self, path: &RequestPath) -> bool {
        match self.end {
            End::Beneath => path.parts.starts_with(&self.parts),
            End::Slash => path.parts == self.parts && path.slash,
            // The root is a slash and nothing else.
            End::Part => path.parts == self.parts && !path.slash,
        }
    }

    /// How many of a path's parts it names.
    pub fn named(&self) -> usize {
        self.parts.len()
    }

    /// Of two that are for one path, the greater one is the more specific.
    fn rank(&self) -> (usize, bool) {
        (self.parts.len(), self.end != End::Beneath)
    }
}

impl Pattern {
    /// Of two that are for one request, the greater one is the more specific.
    pub fn rank(&self) -> impl Ord + use<> {
        match self {
            Pattern::Http { host, path } => (host.as_ref().map(HostPattern::rank), path.rank()),
            Pattern::Gopher(path) => (None, path.rank()),
            Pattern::Tcp(place) => (None, (usize::from(place.is_some()), false)),
            Pattern::Unix(place) => (None, (usize::from(place.is_some()), false)),
        }
    }

    /// Whether it's for an HTTP request to this host.
    pub fn is_for_host(&self, host: &HostName) -> bool {
        matches!(self, Pattern::Http { host: own, .. } if own.as_ref().is_none_or(|own| own.is_for(host)))
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Pattern> {
        let path = |path: &str, encoded| {
            let star = path.strip_suffix('*').is_some_and(|path| path.ends_with('/'));
            let inner = if star { &path[..path.len() - 1] } else { path };
            if inner.contains('*') {
                return Err(bad(text, "a `*` stands only at the end, after a slash"));
            }
            PathPattern::read(path, encoded).map_err(|why| bad(text, why))
        };

        if let Some(selector) = text.strip_prefix("gopher:") {
            if selector.starts_with("//") {
                return Err(bad(text, "a route of Gopher is `gopher:/SELECTOR`, without a host"));
            }
            let selector = if selector.is_empty() { "/" } else { selector };
            return Ok(Pattern::Gopher(path(selector, false)?));
        }
        if let Some(port) = text.strip_prefix("tcp:") {
            let number =
                port.parse().map_err(|_| bad(text, "a route of TCP is `tcp:` or `tcp:PORT`"));
            return Ok(Pattern::Tcp(if port.is_empty() { None } else { Some(number?) }));
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Pattern::Unix((!path.is_empty()).then(|| path.to_owned())));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Err(bad(
                text,
                format!("it's for all schemes of HTTP; leave `{scheme}://` out"),
            )
            .hint(format!("write `{rest}`")));
        }
        if text.contains(['?', '#']) {
            return Err(bad(text, "a route is chosen by host and path; it has no query"));
        }

        let start = text.find('/').ok_or_else(|| {
            bad(text, "it has no path").hint(format!("write `{text}/*` for a host, or `/{text}`"))
        })?;
        let host = (start > 0).then(|| text[..start].parse()).transpose();
        let host = host.map_err(|why: String| bad(text, why))?;
        Ok(Pattern::Http { host, path: path(&text[start..], true)? })
    }
}

fn bad(text: &str, why: impl fmt::Display) -> Error {
    Error::new(Class::Usage, format!("`{text}` is no route")).cause(why)
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadPath::Relative => "a path starts with `/`",
            BadPath::Encoding => "after `%` there are two hexadecimal digits; `%` itself is `%25`",
            BadPath::Zero => "a path holds no zero byte",
            BadPath::Dots => "a path has no parts `.` and `..`",
        })
    }
}

#[cfg(test)]
mod tests;
