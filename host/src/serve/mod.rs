//! A program that stands on a port: the host owns the listeners and the concurrency, and gives each
//! request or connection to a guest.
//!
//! A guest is driven in the task of its connection and owned by the reply: whoever drops that (a
//! peer that has gone, a limit, the server's end) drops the guest.

mod activity;
mod admin;
mod admission;
mod event;
mod events;
mod framing;
mod generation;
mod http;
mod limits;
pub mod accesslog;
pub mod cgi;
pub mod files;
pub mod gopher;
pub mod line;
pub mod metrics;
pub mod retry;
pub mod route;
pub mod trace;
mod listen;
mod peers;
mod plain;
mod server;
mod service;
mod shared;
mod site;
mod socket;
mod tls;
mod wire;

pub use event::{Event, Listener};
pub use limits::Limits;
pub use server::{Bound, Control, Server};
pub use site::Served;
pub use tls::Tls;
