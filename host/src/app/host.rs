//! Hosts as clients name them in requests, and as routes do. Pure.

use std::str::FromStr;

/// A host of a request: the name or address, in its one spelling, and the port if one is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    name: String,
    port: Option<u16>,
}

/// Which hosts a route is for: `example.com`, `*.example.com`, each with or without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// Whether it's for the names beneath.
    beneath: bool,
    host: HostName,
}

impl FromStr for HostName {
    type Err = String;

    /// Reads what stands in a `Host` header.
    fn from_str(text: &str) -> Result<HostName, String> {
        let (name, port) = match text.rsplit_once(':') {
            // The colons of an address of version 6 are in brackets.
            Some((name, port)) if !port.contains(']') => {
                let wrong = || format!("`{port}` is no port");
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                let number = (!port.is_empty()).then(|| port.parse().map_err(|_| wrong()));
                (name, if digits { number.transpose()? } else { return Err(wrong()) })
            }
            _ => (text, None),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let host = url::Host::parse(name).map_err(|_| format!("`{text}` is no host"))?;
        Ok(HostName { name: host.to_string(), port })
    }
}

impl FromStr for HostPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<HostPattern, String> {
        let (beneath, host) = match text.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, text),
        };
        if host.contains('*') {
            return Err("in a host, `*.` stands only at the beginning".into());
        }
        let host: HostName = host.parse()?;
        if beneath
            && (host.name.starts_with('[') || host.name.parse::<std::net::Ipv4Addr>().is_ok())
        {
            return Err("an address has no names beneath it".into());
        }
        Ok(HostPattern { beneath, host })
    }
}

impl HostPattern {
    /// Whether it's for this host. One without a port is for all.
    pub fn is_for(&self, host: &HostName) -> bool {
        let own = &self.host;
        let name = match host.name.strip_suffix(&own.name) {
            Some("") => !self.beneath,
            Some(before) => self.beneath && before.len() > 1 && before.ends_with('.'),
            None => false,
        };
        name && own.port.is_none_or(|port| host.port == Some(port))
    }

    /// Of two that are for one host, the greater one is the more specific.
    pub(super) fn rank(&self) -> (bool, usize, bool) {
        (!self.beneath, self.host.name.len(), self.host.port.is_some())
    }
}
