//! `forebay compiler`: compiles for another process of ours, which started this one.

use std::fs::File;
use std::os::fd::AsFd;

use forebay::compile;
use forebay::error::{Class, Error, Result};

use crate::exit::Status;

/// Runs the command.
pub fn run() -> Result<Status> {
    let failed = |error| Error::new(Class::Host, "cannot compile").cause(error);
    // Rust's own standard output looks for the ends of lines.
    let answer = std::io::stdout().as_fd().try_clone_to_owned().map_err(failed)?;
    compile::answer(std::io::stdin().lock(), File::from(answer)).map_err(failed)?;
    Ok(Status::Success)
}
