//! Requests for programs that speak CGI: variables and arguments as Wagi passes them, and the head
//! of the reply that they write. Pure.

mod environment;
mod reply;

pub use environment::{CgiRequest, arguments, environment};
pub use reply::{BadReply, ReplyHead, ReplyParser};
