//! The command `forebay`: parse, settle, run one command, give its exit code. Only this crate
//! prints.

mod answer;
mod args;
mod ceiling;
mod command;
mod crash;
mod exit;
mod graph;
mod meter;
mod progress;
mod report;
mod sandbox;
mod sanitize;
mod settings;
mod spell;
mod text;
mod watch;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let printer = report::Printer::new(&args.global);
    let status = crash::caught(&printer, || match command::run(args, &printer) {
        Ok(status) => status,
        Err(error) => {
            printer.error(&error);
            exit::Status::of(error.class())
        }
    });
    status.into()
}
