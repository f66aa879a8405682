//! What a command is told of the connection that it serves: the variables of inetd's kin, as
//! systemd (`REMOTE_ADDR`) and ucspi (`TCPREMOTEIP`) name them. Pure.

use std::net::SocketAddr;

/// Where a connection's ends are.
#[derive(Clone, Debug)]
pub(in crate::serve) enum Ends {
    /// The peer's address, and ours.
    Tcp(SocketAddr, SocketAddr),
    /// The path of our socket.
    Unix(String),
}

impl Ends {
    /// The peer's end and ours, as URLs.
    pub fn urls(&self) -> (String, String) {
        match self {
            Ends::Tcp(peer, local) => (format!("tcp://{peer}"), format!("tcp://{local}")),
            Ends::Unix(path) => ("unix:".to_owned(), format!("unix:{path}")),
        }
    }

    /// The host and the port of our end, as clients may name it.
    pub fn local(&self) -> (String, u16) {
        match self {
            Ends::Tcp(_, local) => (local.ip().to_canonical().to_string(), local.port()),
            Ends::Unix(_) => ("localhost".to_owned(), 70),
        }
    }

    /// The variables.
    pub fn variables(&self) -> Vec<(String, String)> {
        let variables = match self {
            Ends::Tcp(peer, local) => {
                let (peer_ip, local_ip) = (peer.ip().to_canonical(), local.ip().to_canonical());
                vec![
                    ("PROTO", "TCP".to_owned()),
                    ("REMOTE_ADDR", peer_ip.to_string()),
                    ("REMOTE_PORT", peer.port().to_string()),
                    ("TCPREMOTEIP", peer_ip.to_string()),
                    ("TCPREMOTEPORT", peer.port().to_string()),
                    ("TCPLOCALIP", local_ip.to_string()),
                    ("TCPLOCALPORT", local.port().to_string()),
                ]
            }
            Ends::Unix(path) => {
                vec![("PROTO", "UNIX".to_owned()), ("UNIXLOCALPATH", path.clone())]
            }
        };
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_both_ends() {
        let ends = Ends::Tcp("[::ffff:192.0.2.1]:5".parse().unwrap(), "[::1]:80".parse().unwrap());
        let variables = ends.variables();
        let get = |name: &str| variables.iter().find(|(own, _)| own == name).unwrap().1.as_str();
        assert_eq!((get("REMOTE_ADDR"), get("TCPREMOTEPORT")), ("192.0.2.1", "5"));
        assert_eq!((get("TCPLOCALIP"), get("TCPLOCALPORT"), get("PROTO")), ("::1", "80", "TCP"));
        assert_eq!(Ends::Unix("/x".into()).urls().1, "unix:/x");
    }
}
