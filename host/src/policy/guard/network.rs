//! What a guard says of the network.
//!
//! Names and addresses: a name may be looked up if a dialling rule covers it. The addresses it
//! resolved to are then reachable under that rule's ports, for this guest, until its run ends. An
//! address that no rule covers stays out of reach, whichever way the guest learnt it; one that is
//! reserved (`reserved`) needs a rule about itself, whatever name it has.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use crate::policy::guard::Guard;
use crate::policy::reserved;
use crate::policy::{Action, Needed, NetRule, Transport};

impl Guard {
    fn dialling(&self, transport: Transport) -> impl Iterator<Item = &NetRule> {
        self.rules
            .iter()
            .filter(move |rule| rule.action == Action::Dial && rule.transport == transport)
    }

    fn listening(&self, transport: Transport) -> impl Iterator<Item = &NetRule> {
        self.rules
            .iter()
            .filter(move |rule| rule.action == Action::Listen && rule.transport == transport)
    }

    pub(super) fn names_of(&self, address: IpAddr) -> Vec<String> {
        let resolved = self.resolved.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        resolved.names(address.to_canonical())
    }

    /// Whether a rule reaches `peer`, which was looked up by `names`.
    fn reaches(&self, transport: Transport, peer: SocketAddr, names: &[String]) -> bool {
        let address = peer.ip();
        let reserved = reserved::is_reserved(address);
        self.dialling(transport).filter(|rule| rule.ports.contains(peer.port())).any(|rule| {
            if reserved {
                return reserved::is_meant(&rule.host, address, names);
            }
            rule.host.covers_address(address)
                || names.iter().any(|name| rule.host.covers_name(name))
        })
    }

    /// May the guest connect or send to `peer`?
    pub fn may_dial(&self, transport: Transport, peer: SocketAddr) -> bool {
        let names = self.names_of(peer.ip());
        let allowed = self.reaches(transport, peer, &names);
        if !allowed {
            self.refuse_dial(transport, peer, &names);
        }
        allowed
    }

    /// Those of the addresses of `name` (or that it is) that the guest may connect to at `port`.
    ///
    /// # Errors
    /// What the guest is told, if there is none; a refusal is noted.
    pub fn reachable(
        &self,
        name: &str,
        port: u16,
        found: &[IpAddr],
    ) -> Result<Vec<SocketAddr>, String> {
        let is_name = name.parse::<IpAddr>().is_err();
        let names: Vec<_> = is_name.then(|| name.to_ascii_lowercase()).into_iter().collect();
        let peers: Vec<_> = found.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        let allowed: Vec<_> = peers
            .iter()
            .copied()
            .filter(|peer| self.reaches(Transport::Tcp, *peer, &names))
            .collect();
        match (allowed.as_slice(), peers.first()) {
            ([], Some(peer)) => Err(self.refuse_dial(Transport::Tcp, *peer, &names)),
            _ => Ok(allowed),
        }
    }

    /// Notes a refusal; gives what the guest is told.
    fn refuse_dial(&self, transport: Transport, peer: SocketAddr, names: &[String]) -> String {
        let verb = if transport == Transport::Tcp { "connect to" } else { "send to" };
        let address = format!("{transport}://{}", canonical(peer));
        let named = names.last().map(|name| format!("{transport}://{name}:{}", peer.port()));
        let granted =
            || names.iter().any(|name| self.dialling(transport).any(|r| r.host.covers_name(name)));
        let (what, rule) = match named {
            // A rule for the name would not do.
            Some(named) if reserved::is_reserved(peer.ip()) && granted() => {
                (format!("{named}, which is {address}, on this machine or its link"), address)
            }
            Some(named) => (named.clone(), named),
            None => (address.clone(), address),
        };
        let told = format!("`{rule}` isn't granted");
        self.note(format!("{verb} {what}"), Needed::Net(rule));
        told
    }

    /// May the guest ask for `host` (a name or an address) at a TCP port, as HTTP does? What a name
    /// resolves to is for [`reachable`](Guard::reachable) to say.
    pub fn may_request(&self, host: &str, port: u16) -> bool {
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.may_dial(Transport::Tcp, SocketAddr::new(address, port));
        }
        let allowed = self
            .dialling(Transport::Tcp)
            .any(|rule| rule.ports.contains(port) && rule.host.covers_name(host));
        if !allowed {
            let shown = format!("tcp://{host}:{port}");
            self.note(format!("send an HTTP request to {shown}"), Needed::Net(shown));
        }
        allowed
    }

    /// May the guest look up `name`? Text that is an address already is always answered: it takes
    /// no look-up.
    pub fn may_look_up(&self, name: &str) -> bool {
        let allowed = name.parse::<IpAddr>().is_ok()
            || self
                .rules
                .iter()
                .any(|rule| rule.action == Action::Dial && rule.host.covers_name(name));
        if !allowed {
            self.note(format!("look up the name `{name}`"), Needed::Net(format!("tcp://{name}:*")));
        }
        allowed
    }

    /// Notes what a granted name resolved to, which makes those addresses reachable under the rules
    /// for the name.
    pub fn resolved(&self, name: &str, addresses: &[IpAddr]) {
        let name = name.to_ascii_lowercase();
        let covering = |name: &str| {
            let dialling = self.rules.iter().filter(|rule| rule.action == Action::Dial);
            dialling.map(|rule| rule.host.covers_name(name)).collect::<Vec<_>>()
        };
        let own = covering(&name);
        let as_good = |kept: &str| {
            kept == name || covering(kept).iter().zip(&own).all(|(theirs, own)| *theirs || !own)
        };
        let mut resolved = self.resolved.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for address in addresses {
            resolved.add(address.to_canonical(), &name, as_good);
        }
    }

    /// Says whether the guest binds a socket now. Connecting and sending ask for a port of the
    /// system's choice, too, but take it only if they are allowed.
    pub fn binds(&self, itself: bool) {
        self.binding.store(itself, Ordering::Relaxed);
    }

    /// May the guest bind a socket to `local`? Port 0 (the system chooses) is what a client binds
    /// to before it dials, so a dialling rule is enough for that. It's no authority to be reached:
    /// listening is asked for again, and where there are rules for receiving datagrams, their
    /// addresses are the sockets'.
    pub fn may_bind(&self, transport: Transport, local: SocketAddr) -> bool {
        if local.port() == 0 {
            let implied = local.ip().is_unspecified() && !self.binding.load(Ordering::Relaxed);
            let receives =
                transport == Transport::Udp && self.listening(transport).next().is_some();
            if implied && !receives || self.dialling(transport).next().is_some() && !receives {
                return true;
            }
            if local.ip().is_unspecified() && self.listening(transport).next().is_none() {
                self.note(
                    format!("bind a socket for {}", transport.to_string().to_uppercase()),
                    Needed::Peer(transport),
                );
                return false;
            }
        }
        self.listens(transport, local, |rule| rule.ports.contains(local.port()))
    }

    /// May the guest accept connections, or take datagrams from anyone, at `local`, to which a
    /// socket is bound?
    pub fn may_listen(&self, transport: Transport, local: SocketAddr) -> bool {
        // A rule for port 0 lets the system choose one, and the socket that listens then has that
        // one.
        self.listens(transport, local, |rule| {
            rule.ports.contains(local.port()) || rule.ports.contains(0)
        })
    }

    fn listens(
        &self,
        transport: Transport,
        local: SocketAddr,
        port: impl Fn(&NetRule) -> bool,
    ) -> bool {
        let allowed = self
            .listening(transport)
            .any(|rule| rule.host.covers_address(local.ip()) && port(rule));
        if !allowed {
            let shown = format!("{transport}://{}", canonical(local));
            self.note(format!("listen on {shown}"), Needed::Net(format!("listen+{shown}")));
        }
        allowed
    }

    /// May a datagram from `peer` reach the guest? A refusal is not the guest's doing, so it isn't
    /// noted. With a listening rule every socket is bound where one says.
    pub fn may_receive(&self, peer: SocketAddr) -> bool {
        self.listening(Transport::Udp).next().is_some()
            || self.reaches(Transport::Udp, peer, &self.names_of(peer.ip()))
    }
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
