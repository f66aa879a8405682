//! Runs a program to its end in a store of its own, and says how it ended: a command with its
//! arguments, or a function with typed ones.

mod arguments;
mod command;
mod connection;
mod function;
mod outcome;
mod result;
mod size;
mod supervise;
mod values;

pub(crate) use command::command;
pub(crate) use connection::connection;
pub use function::function;
pub use outcome::Outcome;

pub use crate::instance::{Exit, Frame, Trap};
