//! The command `forebay`: parse, settle, run one command, give its exit code. Only this crate
//! prints.

mod access;
mod answer;
mod app;
mod args;
mod ceiling;
mod clock;
mod command;
mod crash;
mod defaults;
mod exit;
mod leave;
mod limits;
mod loader;
mod meter;
mod misspelt;
mod new;
mod progress;
mod project;
mod report;
mod sandbox;
mod sanitize;
mod setting;
mod settings;
mod spell;
mod version;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match misspelt::parse(std::env::args_os().collect()) {
        Ok(args) => args,
        Err(error) => {
            // Flags about how to say it were not read.
            let global = args::Global::default();
            report::Printer::new(&global).error(&error);
            return exit::Status::of(error.class()).into();
        }
    };
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
