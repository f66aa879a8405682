//! HTTP: a connection's requests, each made sure of, limited, and given to a guest, which writes
//! its reply while that is sent.

mod answer;
mod asker;
mod body;
mod cgi;
mod connection;
mod head;
mod reply;
mod streams;
mod told;

pub(super) use asker::Peer;
pub(super) use connection::serve;
pub(super) use streams::output;
