//! Sources and sinks of bytes, opened by URL: what the host hands to a guest instead of authority.
//!
//! A [`Location`] is parsed text. An [`Opener`] turns it into a [`Source`] or a [`Sink`]: one file
//! for each scheme. From there a source becomes a WASI 0.2 `input-stream` or a component-model
//! `stream<u8>`, a sink an `output-stream` or the reader of one ([`wasi02`], [`wasi03`]). No stream
//! has a task or a channel of its own: the guest's call polls the descriptor, so a slow consumer
//! holds its producer.

mod atomic;
pub(crate) mod beneath;
mod connection;
mod conversation;
mod data;
mod descriptor;
mod directories;
pub mod eager;
mod endpoint;
mod exact;
mod failure;
mod fd;
mod file;
mod handed;
mod http;
mod lingering;
mod location;
mod log;
mod mem;
mod mount;
mod null;
mod open_context;
mod opener;
mod output;
mod patient;
mod place;
mod random;
mod resolve;
mod roots;
mod run_state;
mod scheme;
mod schemes;
mod sink;
mod source;
mod special;
pub mod stdio;
mod tcp;
pub mod temporary;
mod terminal;
mod tls;
mod unix;
pub mod wasi02;
pub mod wasi03;
mod watched;
mod zero;

pub(crate) use connection::Half;
pub use connection::{Connection, Listener};
pub use conversation::{Conversation, Run};
pub use directories::Directories;
pub(crate) use endpoint::Endpoint;
pub use failure::{Failure, Failures, Kind};
pub use handed::{HandedInput, HandedOutput};
pub use lingering::Lingering;
pub use location::Location;
pub use mount::{Mounted, Opened, Shared};
pub use open_context::Authority;
pub use opener::Opener;
pub(crate) use output::Writer;
pub(crate) use patient::{open_beneath, open_path};
pub(crate) use resolve::look_up;
pub use roots::Roots;
pub use run_state::RunState;
pub use scheme::{Direction, HostPlace};
pub(crate) use schemes::connections;
pub use schemes::names as scheme_names;
pub use sink::Sink;
pub use source::Source;
pub(crate) use special::Special;
pub(crate) use tcp::dial;
pub(crate) use tls::secure;
