//! Connections that aren't HTTP, on real sockets: whole ones, lines, Gopher, Unix sockets; and
//! commands over HTTP by CGI; routes, files and events of a manifest.

mod cgi;
mod events;
mod gopher;
mod lines;
mod operations;
mod server;
mod site;
mod whole;
