//! Our own preview-1 adapter from outside: legacy modules are wrapped by the library and run by the
//! binary, as users run what `forebay adapt` wrote.

mod adapt;
mod built;
mod crowd;
mod descriptors;
mod destinations;
mod differential;
mod polling;
mod preopens;
mod program;
mod reads;
mod resource;
mod sockets;
mod streams;
mod transfer;
mod unix;
mod unstable;
