//! A second wall round the whole process, for the case that the first one, the engine and our own
//! checks, has a hole: the kernel refuses what no guest was granted.
//!
//! Landlock ([`files`]) keeps files and TCP ports to those that the grants and the user name;
//! seccomp ([`calls`]) keeps system calls to those that running a guest takes. Both hold until the
//! process ends, so this is for a process that runs its guests and ends, as the command does.

mod calls;
mod files;
mod places;
mod reach;

use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};
use crate::policy::{Action, Grants, NetRule, Ports, Transport};
use crate::runtime::Linked;
use crate::stream::{Direction, HostPlace, Location};
use crate::typed::Call;
use places::{Places, Way};
use reach::Reach;

/// What the process must still be able to do once its guests run. The default is nothing but what
/// is open already.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    places: Places,
    /// TCP ports that may be connected to.
    dial: Reach,
    /// TCP ports that may be bound.
    listen: Reach,
    /// Whether sockets may be connected or bound at all.
    sockets: bool,
    /// Whether names may have to be looked up.
    names: bool,
}

/// What stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walls {
    /// What the kernel holds from now on, a line each.
    pub up: Vec<String>,
    /// What it can't, and why, a line each.
    pub missing: Vec<String>,
}

impl Walls {
    /// Refuses to go on without all of them.
    ///
    /// # Errors
    /// `Class::Host`, with what is missing.
    pub fn all(self) -> Result<Walls> {
        if self.missing.is_empty() {
            return Ok(self);
        }
        let error = Error::new(Class::Host, "this kernel can't hold the whole sandbox");
        let hint = Hint::with("say {} to run with what it can hold", [Setting::SandboxAuto]);
        Err(self.missing.into_iter().fold(error, Error::cause).hint(hint))
    }
}

/// The places that a call names: its arguments', and where its result goes.
pub fn named(call: &Call) -> Vec<Location> {
    places::of_call(call).into_iter().map(|(location, _)| location).collect()
}

impl Sandbox {
    /// Lets through what the guests of a program are granted.
    pub fn program(&mut self, program: &Linked) {
        program.granted().for_each(|grants| self.grants(grants));
        for (folder, read_only) in program.mounts().flat_map(|mount| mount.what.folders()) {
            self.places.folder(folder, read_only);
        }
    }

    /// Lets through what is granted.
    pub fn grants(&mut self, grants: &Grants) {
        for directory in &grants.directories {
            // Sockets of the file system can be dialled and made there.
            self.sockets |= !directory.read_only;
            self.places.folder(&directory.host, directory.read_only);
        }
        let opened = grants.preopens.sockets.iter().filter_map(|socket| socket.rule());
        grants.net.iter().cloned().chain(opened).for_each(|rule| self.rule(&rule));
    }

    /// Lets through what the arguments of a call name.
    pub fn call(&mut self, call: &Call) {
        for (location, way) in places::of_call(call) {
            self.location(&location, way);
        }
    }

    /// Lets a file be read, or everything in a folder.
    pub fn read(&mut self, path: &std::path::Path) {
        self.places.read(path);
    }

    /// Lets a place through that the user names.
    fn location(&mut self, location: &Location, way: Way) {
        match (location.host_place(), way) {
            (HostPlace::Path(path), Way::Stream(Direction::Source)) => self.places.read(path),
            (HostPlace::Path(path), Way::Stream(Direction::Sink)) => self.places.written(path),
            (HostPlace::Path(path), Way::Descriptor(read_only)) => {
                self.sockets |= !read_only;
                self.places.folder(path, read_only);
            }
            (HostPlace::Path(_) | HostPlace::Socket(_), _) => self.sockets = true,
            (HostPlace::Ports(ports), _) => {
                ports.into_iter().for_each(|port| self.dial(Ports { low: port, high: port }));
            }
            (HostPlace::Nothing | HostPlace::Descriptor, _) => {}
        }
    }

    fn rule(&mut self, rule: &NetRule) {
        self.sockets = true;
        match (rule.action, rule.transport) {
            (Action::Dial, Transport::Tcp) => self.dial(rule.ports),
            (Action::Dial, Transport::Udp) => self.names = true,
            (Action::Listen, Transport::Tcp) => self.listen.add(rule.ports),
            (Action::Listen, Transport::Udp) => {}
        }
    }

    /// A peer, whose name may have to be looked up, and before which the system chooses a port.
    fn dial(&mut self, ports: Ports) {
        (self.sockets, self.names) = (true, true);
        self.dial.add(ports);
        self.listen.add(Ports { low: 0, high: 0 });
    }

    /// Has the kernel hold all this from now on: for this thread and those that it starts, and for
    /// system calls for every thread. What the kernel doesn't have is told, and left out.
    pub fn enforce(mut self) -> Walls {
        if self.names {
            // What looks a name up may ask over TCP, and loads code for it.
            self.dial.add(Ports { low: 53, high: 53 });
            self.places.resolver();
        }
        let mut walls = Walls::default();
        let mut note = |result: Result<String, String>| match result {
            Ok(up) => walls.up.push(up),
            Err(why) => walls.missing.push(why),
        };
        files::restrict(&self.places, (&self.dial, &self.listen)).into_iter().for_each(&mut note);
        note(calls::restrict(self.sockets, self.names));
        walls
    }
}
