//! The commands, a file each.

mod adapt;
mod build;
mod cache;
mod call;
mod check;
mod compile;
mod compiler;
mod complete;
mod completions;
mod compose;
mod explain;
mod guest;
mod inspect;
mod man;
mod new;
mod pipe;
mod run;
mod wit;
mod serve;

use forebay::error::Result;

use crate::args::{Args, Command};
use crate::exit::Status;
use crate::report::Printer;

/// Runs the command that was typed.
///
/// # Errors
/// What kept it from being done.
pub fn run(args: Args, printer: &Printer) -> Result<Status> {
    match args.command {
        Command::Run(flags) => run::run(&flags, printer),
        Command::Call(flags) => call::run(&flags, printer),
        Command::Pipe(flags) => pipe::run(&flags, printer),
        Command::Serve(flags) => serve::run(*flags, printer),
        Command::Complete { words } => complete::run(&words),
        Command::Compose(flags) => compose::run(&flags, printer),
        Command::Check(flags) => check::run(&flags, printer),
        Command::Explain(flags) => explain::run(&flags, printer),
        Command::Inspect(flags) => inspect::run(&flags),
        Command::New(flags) => new::run(&flags),
        Command::Build(flags) => build::run(&flags, printer),
        Command::Wit(flags) => wit::run(&flags, printer),
        Command::Adapt(flags) => adapt::run(&flags, printer),
        Command::Compile(flags) => compile::run(&flags, printer),
        Command::Compiler => compiler::run(),
        Command::Cache(flags) => cache::run(flags.action),
        Command::Man { folder } => man::run(folder.as_deref()),
        Command::Completions { shell } => completions::run(shell),
    }
}
