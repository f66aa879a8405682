//! What the tests of the binary share: where things are ([`places`]), and running it ([`run`]).
//! It knows paths and processes, and none of the library's types.

pub mod places;
pub mod run;
