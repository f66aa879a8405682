//! Typed calls: from the words of a command line to the values of a function's type, and from
//! values back to text. Pure, but for `@FILE`: nothing is opened for the guest here; what is to be
//! opened stands in the result as a [`Location`].
//!
//! [`words`] decides which word belongs to which parameter, [`text`] reads a word as a type asks
//! for it: [`scalar`] what has a short form, [`wave`] and [`json`] the rest, [`open`] what a handle
//! is opened to. [`render`] goes the other way.
//! [`help`] says all of that for one function.
//!
//! [`Location`]: crate::stream::Location

mod argument;
mod docs;
mod example;
mod handle;
pub mod help;
mod json;
mod open;
mod record;
mod render;
mod scalar;
mod show;
mod signature;
mod text;
#[cfg(test)]
mod tests;
mod usage;
mod wave;
mod words;

pub use argument::Argument;
pub use docs::Docs;
pub use handle::{Handle, holds as holds_handle};
pub use render::{Format, render};
pub use signature::{Parameter, Signature};
pub use words::{Call, Destination, arguments, call_expression, destination};
