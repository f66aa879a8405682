//! Our own preview-1 adapter from outside: legacy modules are wrapped by the library and run by the binary, as users
//! run what `forebay adapt` wrote.

mod adapt;
mod built;
mod commonwa;
mod entries;
mod hostile;
mod preopens;
mod program;
mod resources;
mod sockets;
mod steps;
mod streams;
mod tls;
mod unstable;
