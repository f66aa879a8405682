//! Gopher (RFC 1436): what a client asks for, and how what a guest returns is written for it. Pure.

mod reply;
mod request;

pub use reply::{Menu, Text, error};
pub use request::{BadRequest, GopherRequest, LONGEST_LINE};
