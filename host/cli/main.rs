//! The command `forebay`: parse, settle, run one command, give its exit code. Only this crate
//! prints.

mod args;
mod command;
mod exit;
mod graph;
mod progress;
mod report;
mod sanitize;
mod settings;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let printer = report::Printer::new(&args.global);
    match command::run(args, &printer) {
        Ok(exit) => exit.into(),
        Err(error) => {
            printer.error(&error);
            exit::Status::of(error.class()).into()
        }
    }
}
