//! Sockets that a legacy program finds open when it starts, as text:
//! `tcp://HOST:PORT?nonblock=1&backlog=128`.
//!
//! The syntax is wasi-go's. `reuseaddr` and `nodelay` are read, but WASI has no such options: a
//! listening address can always be used again at once, and TCP_NODELAY is as the host has it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::error::{Class, Error};
use crate::policy::{Action, NetRule};

/// The sockets of one program, and how it learns of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preopens {
    /// In the order of their descriptors.
    pub sockets: Vec<Preopen>,
    /// Their descriptors come before those of the directories, as in wasmtime up to version 46.
    pub before_directories: bool,
    /// The variables `LISTEN_FDS` and `LISTEN_FDNAMES` say how many there are and what they are
    /// called.
    pub in_environment: bool,
}

/// A socket to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preopen {
    /// Whether to connect or to listen.
    pub action: Action,
    /// An address; or, to connect to, a name.
    pub host: String,
    /// The port; 0 listens where the system chooses.
    pub port: u16,
    /// The program must not wait when it uses the descriptor.
    pub nonblocking: bool,
    /// How many connections may wait to be accepted.
    pub backlog: u32,
    /// What `LISTEN_FDNAMES` calls it.
    pub name: String,
}

impl Preopen {
    /// Reads where to listen.
    ///
    /// # Errors
    /// `Class::Usage`, saying what is wrong.
    pub fn listen(text: &str) -> Result<Preopen, Error> {
        let mut socket = parse(text, Action::Listen)?;
        socket.host = match socket.host.as_str() {
            "" | "*" => Ipv4Addr::UNSPECIFIED.to_string(),
            "localhost" => Ipv4Addr::LOCALHOST.to_string(),
            address if address.parse::<IpAddr>().is_ok() => socket.host,
            _ => {
                return Err(wrong(
                    text,
                    "one listens on an address of this machine, not on a name",
                ));
            }
        };
        Ok(socket)
    }

    /// Reads whom to connect to.
    ///
    /// # Errors
    /// `Class::Usage`, saying what is wrong.
    pub fn dial(text: &str) -> Result<Preopen, Error> {
        let socket = parse(text, Action::Dial)?;
        match (socket.host.as_str(), socket.port) {
            ("" | "*", _) => Err(wrong(text, "it names no host")),
            (_, 0) => Err(wrong(text, "nobody can be reached at port 0")),
            _ => match socket.rule() {
                Some(_) => Ok(socket),
                None => Err(wrong(text, "its host is neither a name nor an address")),
            },
        }
    }

    /// The grant for exactly this socket.
    pub fn rule(&self) -> Option<NetRule> {
        self.to_string().parse().ok()
    }
}

/// The rule that grants it.
impl fmt::Display for Preopen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.action == Action::Listen { "listen+tcp" } else { "tcp" };
        let bracketed = self.host.contains(':');
        let (open, close) = if bracketed { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

fn parse(text: &str, action: Action) -> Result<Preopen, Error> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
    if !matches!(scheme, "tcp" | "tcp4" | "tcp6") {
        return Err(wrong(text, format!("`{scheme}` is not a scheme of an open socket")));
    }
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, port) = authority
        .trim_end_matches('/')
        .rsplit_once(':')
        .ok_or_else(|| wrong(text, "it has no port"))?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = port.parse().map_err(|_| wrong(text, format!("`{port}` is not a port")))?;
    let name = "unknown".to_owned();
    let mut socket =
        Preopen { action, host: host.to_owned(), port, nonblocking: true, backlog: 128, name };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, "1"));
        let flag = || match value {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(wrong(text, format!("`{key}` is 0 or 1, not `{value}`"))),
        };
        match key {
            "nonblock" => socket.nonblocking = flag()?,
            "reuseaddr" | "nodelay" => drop(flag()?),
            "backlog" => {
                let backlog = value.parse().ok().filter(|backlog| *backlog > 0);
                socket.backlog = backlog
                    .ok_or_else(|| wrong(text, format!("`{value}` is no length of a backlog")))?;
            }
            "name" if !value.is_empty() && !value.contains(':') => socket.name = value.to_owned(),
            _ => return Err(wrong(text, format!("`{pair}` is not an option of an open socket"))),
        }
    }
    Ok(socket)
}

fn wrong(text: &str, why: impl fmt::Display) -> Error {
    Error::new(Class::Usage, format!("`{text}` is not a socket to open"))
        .cause(why)
        .hint("write e.g. `tcp://127.0.0.1:8080?nonblock=1&backlog=128`; the options are nonblock, backlog and name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_socket_is_granted_and_nothing_beside_it() {
        let rule = |socket: Result<Preopen, Error>| socket.unwrap().rule().unwrap().to_string();
        assert_eq!(
            rule(Preopen::listen("tcp://127.0.0.1:80?nonblock=0&backlog=5")),
            "listen+tcp://127.0.0.1:80"
        );
        assert_eq!(rule(Preopen::listen(":0")), "listen+tcp://0.0.0.0:0");
        assert_eq!(rule(Preopen::listen("tcp6://[::1]:80")), "listen+tcp://[::1]:80");
        assert_eq!(rule(Preopen::dial("example.com:443?nodelay=1")), "tcp://example.com:443");
    }

    #[test]
    fn options_are_read() {
        let socket =
            Preopen::listen("localhost:80?nonblock=0&backlog=5&name=web&reuseaddr=1").unwrap();
        assert_eq!((socket.nonblocking, socket.backlog, socket.name.as_str()), (false, 5, "web"));
        assert!(Preopen::listen("localhost:80").unwrap().nonblocking);
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        for bad in [
            "",
            "80",
            "udp://a:1",
            "tcp://example.com:80",
            "1.2.3.4:99999",
            "[::1]",
            ":1?x=1",
            ":1?backlog=0",
        ] {
            assert_eq!(Preopen::listen(bad).unwrap_err().class(), Class::Usage, "{bad}");
        }
        for bad in [
            "",
            ":80",
            "*:80",
            "a:0",
            "a b:80",
            "*.example.com/:80",
            "a:1?nonblock=2",
            "a:1?name=b:c",
        ] {
            assert_eq!(Preopen::dial(bad).unwrap_err().class(), Class::Usage, "{bad}");
        }
    }
}
