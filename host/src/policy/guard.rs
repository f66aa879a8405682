//! The one place where authority is decided: asked before an access, it answers from the grants and
//! notes each refusal.
//!
//! Names and addresses: a name may be looked up if a dialling rule covers it. The addresses it
//! resolved to are then reachable under that rule's ports, for this guest, until its run ends. An
//! address that no rule covers stays out of reach, whichever way the guest learnt it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::event::{Event, Listener};
use crate::policy::{
    Action, Denial, Denials, Directory, Grants, Needed, NetRule, Preopen, Preopens, Transport,
};

/// How many addresses of looked-up names are remembered for one guest.
const MOST_ADDRESSES: usize = 10_000;

/// A path below a granted directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Which of the grants it is.
    pub grant: usize,
    /// The path from there, by its text: links and `..` in it may lead elsewhere.
    pub path: PathBuf,
}

/// Decides what one guest may do.
#[derive(Debug)]
pub struct Guard {
    /// Which guest of a graph it's about, unless it's the main one.
    guest: Option<String>,
    rules: Vec<NetRule>,
    directories: Vec<Directory>,
    /// Which looked-up names an address belongs to.
    resolved: Mutex<BTreeMap<IpAddr, BTreeSet<String>>>,
    /// Whether the guest looked at its list of directories.
    asked: AtomicBool,
    denials: Denials,
    preopens: Preopens,
    listener: Listener,
}

impl Guard {
    /// A guard that allows what `grants` name and notes in `denials` what it refuses.
    pub fn new(grants: &Grants, denials: Denials) -> Self {
        Guard {
            guest: None,
            rules: grants
                .net
                .iter()
                .cloned()
                .chain(grants.preopens.sockets.iter().filter_map(Preopen::rule))
                .collect(),
            directories: grants.directories.clone(),
            resolved: Mutex::default(),
            asked: AtomicBool::new(false),
            denials,
            preopens: grants.preopens.clone(),
            listener: Listener::deaf(),
        }
    }

    /// A guard of the guest `name` of a graph, which isn't the main one.
    pub fn of_guest(name: &str, grants: &Grants, denials: Denials) -> Self {
        Guard { guest: Some(name.to_owned()), ..Guard::new(grants, denials) }
    }

    fn note(&self, what: String, grant: Needed) {
        self.denials.add(Denial { guest: self.guest.clone(), what, grant });
    }

    /// The same guard, telling `listener` what happens.
    pub fn telling(self, listener: Listener) -> Self {
        Guard { listener, ..self }
    }

    /// The sockets that the guest finds open.
    pub fn preopens(&self) -> &Preopens {
        &self.preopens
    }

    /// Tells what happens.
    pub fn tell(&self, event: Event) {
        self.listener.emit(event);
    }

    /// What was refused so far.
    pub fn denials(&self) -> &Denials {
        &self.denials
    }

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

    fn names_of(&self, address: IpAddr) -> Vec<String> {
        let resolved = self.resolved.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        resolved
            .get(&address.to_canonical())
            .map(|names| names.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn reaches(&self, transport: Transport, peer: SocketAddr) -> bool {
        let names = self.names_of(peer.ip());
        self.dialling(transport).any(|rule| {
            rule.ports.contains(peer.port())
                && (rule.host.covers_address(peer.ip())
                    || names.iter().any(|name| rule.host.covers_name(name)))
        })
    }

    /// May the guest connect or send to `peer`?
    pub fn may_dial(&self, transport: Transport, peer: SocketAddr) -> bool {
        let allowed = self.reaches(transport, peer);
        if !allowed {
            let port = peer.port();
            let shown = match self.names_of(peer.ip()).pop() {
                Some(name) => format!("{transport}://{name}:{port}"),
                None => format!("{transport}://{}", canonical(peer)),
            };
            let verb = if transport == Transport::Tcp { "connect to" } else { "send to" };
            self.note(format!("{verb} {shown}"), Needed::Net(shown));
        }
        allowed
    }

    /// May the guest reach `host` (a name or an address) at a TCP port, as HTTP does?
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
        let mut resolved = self.resolved.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for address in addresses {
            if resolved.len() < MOST_ADDRESSES || resolved.contains_key(&address.to_canonical()) {
                resolved
                    .entry(address.to_canonical())
                    .or_default()
                    .insert(name.to_ascii_lowercase());
            }
        }
    }

    /// May the guest bind a socket to `local`? Port 0 (the system chooses) is what every client
    /// does before it dials: it's no authority by itself, since listening, sending and receiving
    /// are asked for again.
    pub fn may_bind(&self, transport: Transport, local: SocketAddr) -> bool {
        let client = local.port() == 0
            && (local.ip().is_unspecified() || self.dialling(transport).next().is_some());
        client || self.listens(transport, local, |rule| rule.ports.contains(local.port()))
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
    /// noted.
    pub fn may_receive(&self, peer: SocketAddr) -> bool {
        self.listening(Transport::Udp).next().is_some() || self.reaches(Transport::Udp, peer)
    }

    /// Which grant covers a path that the guest opens by URL; to be changed, if `write`. Of nested
    /// directories it's the nearest. Nothing is looked up: whether the path stays beneath is found
    /// out when it's opened there.
    ///
    /// # Errors
    /// What the guest is told.
    pub fn may_open(&self, path: &Path, write: bool) -> Result<Below, String> {
        let covering = self.directories.iter().enumerate().filter_map(|(grant, directory)| {
            Some((grant, within(path, directory)?, parts(Path::new(&directory.guest)).count()))
        });
        let Some((grant, path, _)) = covering.max_by_key(|(.., length)| *length) else {
            self.note(opening(path, write), Needed::Directory(holder(path, write)));
            return Err("it isn't granted".to_owned());
        };

        let directory = &self.directories[grant];
        if write && directory.read_only {
            let writable = Directory { read_only: false, ..directory.clone() };
            self.note(opening(path.as_path(), write), Needed::Directory(writable));
            return Err(format!("`{}` is granted read-only", directory.guest));
        }
        Ok(Below { grant, path })
    }

    /// Notes that a path of [`may_open`](Guard::may_open) leads out of its grant; gives what the
    /// guest is told.
    pub fn refused_open(&self, path: &Path, write: bool) -> String {
        let what = format!("{}, which leads out of the directory granted", opening(path, write));
        self.note(what, Needed::Holder);
        "it leads out of the directory that is granted".to_owned()
    }

    /// Notes that a change below a directory was refused: `path` as the guest gave it, in the
    /// directory of `grant`.
    pub fn refused_change(&self, path: &str, grant: usize) {
        let Some(directory) = self.directories.get(grant) else { return };
        let writable = Directory { read_only: false, ..directory.clone() };
        self.note(
            format!("change `{path}` in `{}`, which is read-only", directory.guest),
            Needed::Directory(writable),
        );
    }

    /// Notes that a path led out of every directory that is granted.
    pub fn refused_escape(&self, path: &str) {
        self.note(
            format!("open `{path}`, which leads out of the directory granted"),
            Needed::Holder,
        );
    }

    /// Notes that the guest looked at the list of its directories.
    pub fn asked_for_directories(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Notes, for a guest that failed, that it looked for directories and had none. Guests look for
    /// files among the directories they were given, so without one the host never hears which file
    /// was wanted; where something else was refused, that is the likelier reason.
    pub fn found_no_directory(&self) {
        if self.directories.is_empty()
            && self.asked.load(Ordering::Relaxed)
            && self.denials.list().is_empty()
        {
            self.note("open files in any directory".to_owned(), Needed::SomeDirectory);
        }
    }
}

fn opening(path: &Path, write: bool) -> String {
    format!("{} `{}`", if write { "write" } else { "read" }, path.display())
}

/// The grant of a directory that would hold `path` at the place where the guest looks for it.
fn holder(path: &Path, write: bool) -> Directory {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let guest = folder.display().to_string();
    Directory { host: folder.to_owned(), guest, read_only: !write }
}

/// The part of a guest's path that lies below a grant.
fn within(path: &Path, grant: &Directory) -> Option<PathBuf> {
    let mut rest = parts(path);
    for part in parts(Path::new(&grant.guest)) {
        if rest.next()? != part {
            return None;
        }
    }
    // `.` is where relative paths start, and has no parts.
    (path.is_absolute() == Path::new(&grant.guest).is_absolute()).then(|| rest.collect())
}

/// The parts of a path, without those that stand for nothing.
fn parts(path: &Path) -> impl Iterator<Item = Component<'_>> {
    path.components().filter(|part| !matches!(part, Component::CurDir))
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
