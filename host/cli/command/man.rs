//! `forebay man`: man pages, made of what `--help` says.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use forebay::error::{Class, Error, Result};

use crate::answer::{answer, write_whole};
use crate::args::Args;
use crate::exit::Status;

/// Runs the command: the first page on standard output, or all of them into a folder.
pub fn run(folder: Option<&Path>) -> Result<Status> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else { return answer(&page(command)?) };

    let cannot = |error: std::io::Error| {
        Error::new(Class::Host, format!("cannot write into `{}`", folder.display())).cause(error)
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    write(&command, folder)
}

/// Writes the page of a command, and those of the commands in it.
fn write(command: &Command, folder: &Path) -> Result<Status> {
    let name = Man::new(command.clone()).get_filename();
    write_whole(&folder.join(name), &page(command.clone())?)?;
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        if inner.get_name() != "help" {
            write(inner, folder)?;
        }
    }
    Ok(Status::Success)
}

fn page(command: Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let rendered = Man::new(command).render(&mut page);
    rendered.map_err(|error| Error::new(Class::Host, "a man page can't be made").cause(error))?;
    Ok(page)
}
