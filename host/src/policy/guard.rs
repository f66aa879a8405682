//! The one place where authority is decided: asked before an access, it answers from the grants and
//! notes each refusal.
//!
//! Names and addresses: a name may be looked up if a dialling rule covers it. The addresses it
//! resolved to are then reachable under that rule's ports, for this guest, until its run ends. An
//! address that no rule covers stays out of reach, whichever way the guest learnt it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::event::{Event, Listener};
use crate::policy::{
    Action, Denial, Denials, Directory, Grants, NetRule, Preopen, Preopens, Transport,
};

/// How many addresses of looked-up names are remembered for one guest.
const MOST_ADDRESSES: usize = 10_000;

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

    /// The flag that would allow something to this guest.
    fn flag(&self, allow: String) -> String {
        match (&self.guest, allow.split_once(' ')) {
            (Some(guest), Some((flag, value))) => format!("--grant {guest}:{flag}={value}"),
            _ => allow,
        }
    }

    fn note(&self, what: String, allow: String) {
        self.denials.add(Denial { guest: self.guest.clone(), what, allow: self.flag(allow) });
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
            self.note(format!("{verb} {shown}"), format!("--net {shown}"));
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
            self.note(format!("send an HTTP request to {shown}"), format!("--net {shown}"));
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
            self.note(format!("look up the name `{name}`"), format!("--net 'tcp://{name}:*'"));
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
            self.note(format!("listen on {shown}"), format!("--net listen+{shown}"));
        }
        allowed
    }

    /// May a datagram from `peer` reach the guest? A refusal is not the guest's doing, so it isn't
    /// noted.
    pub fn may_receive(&self, peer: SocketAddr) -> bool {
        self.listening(Transport::Udp).next().is_some() || self.reaches(Transport::Udp, peer)
    }

    /// Where a path that the guest opens by URL is on the host, if it lies below a granted
    /// directory, links resolved; to be changed, if `write`.
    ///
    /// # Errors
    /// The flag that would allow it.
    pub fn may_open(&self, path: &Path, write: bool) -> Result<PathBuf, String> {
        let refuse = |allow: String| self.refuse_open(path, write, allow);
        let mut grants: Vec<&Directory> =
            self.directories.iter().filter(|grant| within(path, grant).is_some()).collect();
        // The longest is the nearest.
        grants.sort_by_key(|grant| grant.guest.len());
        let Some((grant, rest)) =
            grants.pop().and_then(|grant| Some((grant, within(path, grant)?)))
        else {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let folder = folder.display();
            return Err(refuse(if write {
                format!("--dir {folder}")
            } else {
                format!("--dir {folder}::{folder}::ro")
            }));
        };
        if write && grant.read_only {
            return Err(refuse(format!(
                "--dir {}",
                Directory { read_only: false, ..grant.clone() }
            )));
        }
        let leads_out = || {
            refuse(format!("--dir {}", plain(path).parent().unwrap_or(Path::new("/")).display()))
        };
        let top = grant.host.canonicalize().map_err(|_| leads_out())?;
        let host = top.join(rest);
        // What doesn't exist yet lies in a folder that does.
        let real = host.canonicalize().or_else(|_| match (host.parent(), host.file_name()) {
            (Some(folder), Some(name)) if !host.is_symlink() => {
                folder.canonicalize().map(|folder| folder.join(name))
            }
            _ => Err(std::io::ErrorKind::NotFound.into()),
        });
        match real {
            Ok(real) if real.starts_with(&top) => Ok(real),
            Ok(_) => Err(leads_out()),
            // It isn't there: let the open say so.
            Err(_) if !escapes(&host, &top) => Ok(host),
            Err(_) => Err(leads_out()),
        }
    }

    /// Whether what was opened really lies below a directory that is granted (to be changed, if
    /// `write`). Asked about the open file, after [`may_open`](Guard::may_open): a link may have
    /// been put on the path in between.
    pub fn holds(&self, real: &Path, write: bool) -> bool {
        let grants = self.directories.iter().filter(|grant| !(write && grant.read_only));
        grants.filter_map(|grant| grant.host.canonicalize().ok()).any(|top| real.starts_with(top))
    }

    fn refuse_open(&self, path: &Path, write: bool, allow: String) -> String {
        self.note(
            format!("{} `{}`", if write { "write" } else { "read" }, path.display()),
            allow.clone(),
        );
        self.flag(allow)
    }

    /// Notes that a change below a directory was refused: `path` as the guest gave it, in the grant
    /// whose host folder holds `host`, when that is known.
    pub fn refused_change(&self, path: &str, host: Option<&std::path::Path>) {
        let read_only = || self.directories.iter().filter(|directory| directory.read_only);
        let holds = |directory: &&Directory| {
            let top = directory.host.canonicalize();
            host.zip(top.ok()).is_some_and(|(host, top)| host.starts_with(top))
        };
        let Some(grant) = read_only().find(holds).or_else(|| read_only().next()) else { return };
        let writable = Directory { read_only: false, ..grant.clone() };
        self.note(
            format!("change `{path}` in `{}`, which is read-only", grant.guest),
            format!("--dir {writable}"),
        );
    }

    /// Notes that a path led out of every directory that is granted.
    pub fn refused_escape(&self, path: &str) {
        self.note(
            format!("open `{path}`, which leads out of the directory granted"),
            "--dir for the directory that holds it".to_owned(),
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
            self.note(
                "open files in any directory".to_owned(),
                "--dir HOST::GUEST (e.g. `--dir .`)".to_owned(),
            );
        }
    }
}

/// The part of a guest's path that lies below a grant.
fn within<'a>(path: &'a Path, grant: &Directory) -> Option<&'a Path> {
    let guest = Path::new(&grant.guest);
    match path.strip_prefix(guest) {
        Ok(rest) => Some(rest),
        // `.` is where relative paths start.
        Err(_) if matches!(grant.guest.as_str(), "." | "./") && path.is_relative() => Some(path),
        Err(_) => None,
    }
}

/// A path without `.` and `..`, by its text.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// Whether a path, read by its text, leads out of `top`.
fn escapes(path: &Path, top: &Path) -> bool {
    let Ok(rest) = path.strip_prefix(top) else { return true };
    rest.components()
        .any(|part| !matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir))
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
