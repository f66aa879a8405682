//! Network rules as text: `tcp://HOST:PORT`, `udp://HOST:PORT`, `listen+tcp://ADDR:PORT`,
//! `listen+udp://ADDR:PORT`.
//!
//! A host is a name, `*.SUFFIX`, an address, a CIDR block or `*`; an IPv6 address stands in
//! brackets. Ports are a number, a range `LOW-HIGH` or `*`. Text from outside comes in, a value or
//! a usage error goes out; fuzzed by `net_rule`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::error::{Class, Error};
use crate::quote::shell;

/// One `--net` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetRule {
    /// Dial out, or listen.
    pub action: Action,
    /// The transport it's for.
    pub transport: Transport,
    /// The peer (to dial) or the local address (to listen on).
    pub host: Host,
    /// The ports; 0 in a listening rule means any port that the system chooses.
    pub ports: Ports,
}

/// The direction a rule allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connect or send to a peer.
    Dial,
    /// Bind, listen, receive from anyone.
    Listen,
}

/// The transport a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Streams.
    Tcp,
    /// Datagrams.
    Udp,
}

/// The host part of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `*`: every name and address.
    Any,
    /// A DNS name, lower case, without a final dot.
    Name(String),
    /// `*.SUFFIX`: every name below SUFFIX.
    Below(String),
    /// An address, or a block of them.
    Block(IpNet),
}

/// The port part of a rule: an inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Lowest port.
    pub low: u16,
    /// Highest port.
    pub high: u16,
}

impl NetRule {
    /// The rules that `--net all` stands for: every peer, every local address, both transports.
    pub fn all() -> Vec<NetRule> {
        let rule =
            |action, transport| NetRule { action, transport, host: Host::Any, ports: Ports::ANY };
        vec![
            rule(Action::Dial, Transport::Tcp),
            rule(Action::Dial, Transport::Udp),
            rule(Action::Listen, Transport::Tcp),
            rule(Action::Listen, Transport::Udp),
        ]
    }
}

impl FromStr for NetRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(wrong(text, "it is empty").hint(
                "write e.g. `tcp://example.com:443`, or `all`; leave the flag out to grant nothing",
            ));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| {
            let port = if text.contains(':') { "" } else { ":443" };
            wrong(text, "it has no scheme")
                .hint(format!("write e.g. `{}`, or `all`", shell(&format!("tcp://{text}{port}"))))
        })?;
        let (action, transport) = match scheme {
            "tcp" => (Action::Dial, Transport::Tcp),
            "udp" => (Action::Dial, Transport::Udp),
            "listen+tcp" => (Action::Listen, Transport::Tcp),
            "listen+udp" => (Action::Listen, Transport::Udp),
            "http" | "https" => {
                let port = if scheme == "http" { 80 } else { 443 };
                let host = rest.split(['/', ':']).next().unwrap_or(rest);
                return Err(wrong(text, "rules are about transports, not about protocols on them")
                    .hint(format!("write `{}`", shell(&format!("tcp://{host}:{port}")))));
            }
            other => {
                return Err(wrong(text, format!("`{other}` is not a scheme of a rule"))
                    .hint("the schemes are `tcp`, `udp`, `listen+tcp` and `listen+udp`"));
            }
        };
        let (host, port) = split_port(rest).ok_or_else(|| {
            wrong(text, "it has no port").hint(format!(
                "write e.g. `{}`, or `:*` for every port",
                shell(&format!("{scheme}://{rest}:443"))
            ))
        })?;
        let host = parse_host(host).map_err(|why| {
            wrong(text, why).hint(
                "a host is a name, `*.SUFFIX`, an address (IPv6 in brackets), a CIDR block or `*`",
            )
        })?;
        let ports = port.parse().map_err(|why: String| {
            wrong(text, why).hint("a port is a number, a range such as `8000-8999`, or `*`")
        })?;
        if action == Action::Listen && matches!(host, Host::Name(_) | Host::Below(_)) {
            return Err(wrong(text, "one listens on an address of this machine, not on a name")
                .hint(format!(
                    "write e.g. `{scheme}://127.0.0.1:{port}`, or `*` for every address"
                )));
        }
        Ok(NetRule { action, transport, host, ports })
    }
}

fn wrong(text: &str, why: impl fmt::Display) -> Error {
    Error::new(Class::Usage, format!("`{text}` is not a network rule")).cause(why)
}

/// Splits at the last colon that isn't inside an IPv6 address's brackets.
fn split_port(rest: &str) -> Option<(&str, &str)> {
    let from = rest.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = from + rest[from..].rfind(':')?;
    Some((&rest[..colon], &rest[colon + 1..]))
}

fn parse_host(text: &str) -> Result<Host, String> {
    if text == "*" {
        return Ok(Host::Any);
    }
    let bare = text.strip_prefix('[').map_or(Some(text), |inner| {
        inner.strip_suffix(']').or_else(|| inner.contains("]/").then_some(inner))
    });
    let bare = bare.ok_or_else(|| format!("`{text}` has no closing bracket"))?.replace("]/", "/");
    if let Ok(block) = bare.parse::<IpNet>() {
        return Ok(Host::Block(block.trunc()));
    }
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(Host::Block(address.to_canonical().into()));
    }
    if bare.contains('/') || text.starts_with('[') {
        return Err(format!("`{text}` is neither an address nor a CIDR block"));
    }
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    let (suffix, below) = match name.strip_prefix("*.") {
        Some(suffix) => (suffix, true),
        None => (name.as_str(), false),
    };
    if !is_name(suffix) {
        return Err(format!("`{text}` is not a host"));
    }
    if suffix.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!("`{text}` looks like an address but isn't one"));
    }
    Ok(if below { Host::Below(suffix.to_owned()) } else { Host::Name(suffix.to_owned()) })
}

/// Whether `name` is made of labels as DNS has them, with underscores, which are in use.
fn is_name(name: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    !name.is_empty() && name.len() <= 253 && name.split('.').all(label)
}

impl Host {
    /// Whether the rule is about this name; names compare without regard to case or a final dot.
    pub fn covers_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        match self {
            Host::Any => true,
            Host::Name(own) => *own == name,
            Host::Below(suffix) => name
                .strip_suffix(suffix.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            Host::Block(_) => false,
        }
    }

    /// Whether the rule names this address.
    pub fn covers_address(&self, address: IpAddr) -> bool {
        match self {
            Host::Any => true,
            Host::Block(block) => block.contains(&address.to_canonical()),
            Host::Name(_) | Host::Below(_) => false,
        }
    }
}

impl Ports {
    /// Every port, 0 included.
    pub const ANY: Ports = Ports { low: 0, high: u16::MAX };

    /// Whether `port` is in the range.
    pub fn contains(&self, port: u16) -> bool {
        (self.low..=self.high).contains(&port)
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |t: &str| {
            let digits = !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
            t.parse::<u16>()
                .ok()
                .filter(|_| digits)
                .ok_or_else(|| format!("`{t}` is not a port (0 to 65535)"))
        };
        if text == "*" {
            return Ok(Ports::ANY);
        }
        let (low, high) = match text.split_once('-') {
            Some((low, high)) => (number(low)?, number(high)?),
            None => (number(text)?, number(text)?),
        };
        if low > high {
            return Err(format!("the range `{text}` runs backwards"));
        }
        Ok(Ports { low, high })
    }
}

impl fmt::Display for NetRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listen = if self.action == Action::Listen { "listen+" } else { "" };
        write!(f, "{listen}{}://{}:{}", self.transport, self.host, self.ports)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Any => f.write_str("*"),
            Host::Name(name) => f.write_str(name),
            Host::Below(suffix) => write!(f, "*.{suffix}"),
            Host::Block(block) => {
                let single = block.prefix_len() == block.max_prefix_len();
                let mask = if single { String::new() } else { format!("/{}", block.prefix_len()) };
                match block.addr() {
                    IpAddr::V4(v4) => write!(f, "{v4}{mask}"),
                    IpAddr::V6(v6) => write!(f, "[{v6}]{mask}"),
                }
            }
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low, self.high) {
            (0, u16::MAX) => f.write_str("*"),
            (low, high) if low == high => write!(f, "{low}"),
            (low, high) => write!(f, "{low}-{high}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        match (text.parse::<NetRule>(), expect) {
            (Ok(rule), Ok(shown)) => assert_eq!(rule.to_string(), shown),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }

    #[test]
    fn rules_are_read_and_shown_alike() {
        for text in [
            "tcp://example.com:443",
            "udp://10.0.0.0/8:*",
            "listen+tcp://127.0.0.1:0",
            "tcp://[2001:db8::1]:80",
            "tcp://*:1-1024",
            "tcp://*.example.com:443",
            "listen+udp://*:5353",
            "tcp://[2001:db8::]/32:80",
        ] {
            check(text, Ok(text));
        }
        check("tcp://Example.COM.:443", Ok("tcp://example.com:443"));
        check("tcp://[2001:db8::/32]:80", Ok("tcp://[2001:db8::]/32:80"));
        check("tcp://10.1.2.3/8:80", Ok("tcp://10.0.0.0/8:80"));
        check("tcp://[::ffff:10.0.0.1]:80", Ok("tcp://10.0.0.1:80"));
    }

    #[test]
    fn a_wrong_rule_says_what_is_wrong() {
        check("", Err("it is empty"));
        check("example.com:443", Err("no scheme"));
        check("https://example.com/x", Err("tcp://example.com:443"));
        check("ftp://example.com:21", Err("`ftp` is not a scheme"));
        check("tcp://example.com", Err("no port"));
        check("tcp://example.com:http", Err("`http` is not a port"));
        check("tcp://example.com:+80", Err("`+80` is not a port"));
        check("tcp://example.com:9-1", Err("runs backwards"));
        check("tcp://10.0.0.256:80", Err("looks like an address"));
        check("tcp://10.0.0.0/33:80", Err("neither an address nor a CIDR"));
        check("tcp://exa mple:80", Err("is not a host"));
        check("tcp://:80", Err("is not a host"));
        check("tcp://[::1:80", Err("no closing bracket"));
        check("listen+tcp://example.com:80", Err("not on a name"));
    }

    #[test]
    fn names_match_whole_labels() {
        let rule: NetRule = "tcp://*.example.com:443".parse().unwrap();
        assert!(
            rule.host.covers_name("a.example.com") && rule.host.covers_name("A.B.Example.com.")
        );
        assert!(!rule.host.covers_name("example.com") && !rule.host.covers_name("badexample.com"));
    }
}
