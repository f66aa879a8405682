//! Each grant and each budget, through the binary: it works when granted, and fails with its
//! message when not.

mod account;
mod budgets;
mod cache;
mod compiling;
mod exits;
mod files;
mod limits;
mod mounts;
mod loading;
mod network;
mod special;
mod streams;

use support::run;
