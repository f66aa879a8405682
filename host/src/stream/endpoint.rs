//! A peer by name or address, and its port: what stands after `tcp://` and `tls://`.

use std::fmt;

use url::Url;

use crate::stream::failure::Failure;
use crate::stream::scheme::{bad, decoded};

/// A peer by name or address, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `SCHEME://HOST:PORT`.
    ///
    /// # Errors
    /// What is missing, or too much.
    pub(super) fn of_url(text: &str) -> Result<Endpoint, Failure> {
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
}

/// Reads a URL as RFC 3986 has it.
pub(super) fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| bad(format!("it is not a valid URL: {error}")))
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
