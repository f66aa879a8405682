//! Connections that aren't HTTP, on real sockets: whole ones, lines, Gopher, Unix sockets; and
//! commands over HTTP by CGI.

mod cgi;
mod gopher;
mod lines;
mod server;
mod whole;
