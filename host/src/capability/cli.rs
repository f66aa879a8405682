//! `wasi:cli`: environment, exit, standard streams, terminals.

pub(super) mod wasi02;
pub(super) mod wasi03;
