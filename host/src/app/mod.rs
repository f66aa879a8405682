//! Apps: guests as a user describes them, in a manifest, in a composition in WAC, or as a program
//! with others that are added to it. An [`App`] is what comes of reading such a description: a
//! graph of programs, and a [`GuestSpec`] for each of them.
//!
//! [`Manifest`], [`read_wac`], [`MountSpec`] and [`Ceiling`] read text and open nothing;
//! [`App::open`] reads the files that they name. What links an app is
//! [`App::link`](App::link), in [`launch`](crate::launch).

mod assembly;
mod build;
mod ceiling;
mod host;
mod keys;
mod manifest;
mod missing;
mod mount;
mod package;
mod pattern;
mod route;
mod schedule;
mod sources;
mod spec;
mod table;
mod text;
mod trigger;
mod wac;
mod wac_graph;

pub use assembly::{App, is_description};
pub use build::BuildSpec;
pub use ceiling::Ceiling;
pub use host::{HostName, HostPattern};
pub use manifest::Manifest;
pub use mount::MountSpec;
pub use package::Package;
pub use pattern::{BadPath, PathPattern, Pattern, RequestPath};
pub use route::{GopherKind, GuestRoute, PerLine, RouteSpec, RouteTarget};
pub use schedule::Cron;
pub use sources::{Added, Sources};
pub use spec::{GuestSpec, amend};
pub use trigger::{EventSpec, LineSource, Trigger};
pub use wac::read as read_wac;
