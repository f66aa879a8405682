//! `forebay completions SHELL`.

use clap::CommandFactory;
use forebay::error::Result;

use crate::args::Args;
use crate::command::answer;
use crate::exit::Status;

/// Runs the command.
pub fn run(shell: clap_complete::Shell) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "forebay", &mut script);
    answer(&script)
}
