//! `forebay serve` on real sockets: answers, limits, faults of guests and of peers, and what is done
//! while it serves.

mod answers;
mod faults;
mod http2;
mod limits;
mod operations;
mod server;
mod smuggling;
mod tls;

use server::{Reply, Server};
