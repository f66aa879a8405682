//! Whether a manifest's wants are agreed to: by `--max-grants`, or by whoever sits at the terminal.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use forebay::error::{Class, Error, Result};
use forebay::graph::{Ceiling, Manifest};

use crate::args::GuestFlags;
use crate::report::Printer;
use crate::text;

/// Refuses the flags where there is no manifest whose wants could be compared.
///
/// # Errors
/// `Class::Usage`.
pub fn without_manifest(flags: &GuestFlags, program: &str) -> Result<()> {
    let flag = match (&flags.max_grants, flags.ask) {
        (Some(_), _) => "--max-grants",
        (None, true) => "--ask",
        (None, false) => return Ok(()),
    };
    Err(Error::new(Class::Usage, format!("`{flag}` is for a manifest, and `{program}` is none"))
        .hint("a program is granted only what you say; leave the flag out"))
}

/// Compares what a manifest wants with what it may, before anything of it is opened.
///
/// # Errors
/// `Class::Denied`, with everything that goes over the ceiling, or that wasn't agreed to.
pub fn hold(
    (path, manifest): (&Path, &Manifest),
    flags: &GuestFlags,
    printer: &Printer,
) -> Result<()> {
    let ceiling = match &flags.max_grants {
        Some(file) => {
            let (name, text) = text::read(file)?;
            Ceiling::parse(&name, &text, file.parent().unwrap_or(Path::new("")))?
        }
        None if flags.ask => Ceiling::default(),
        None => return Ok(()),
    };
    let wants = ceiling.exceeded(manifest, path.parent().unwrap_or(Path::new("")));
    if wants.is_empty() || (flags.ask && agreed(path, &wants, printer)?) {
        return Ok(());
    }
    let (what, hint) = match &flags.max_grants {
        _ if flags.ask => (format!("`{}` wants what wasn't agreed to", path.display()), None),
        Some(file) => (
            format!("`{}` wants more than `{}` allows", path.display(), file.display()),
            Some("add what you agree to, or say `--ask` to be asked"),
        ),
        None => unreachable!("there is a ceiling"),
    };
    let error = wants.into_iter().fold(Error::new(Class::Denied, what), Error::cause);
    Err(match hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// Asks at the terminal; standard input may be the program's.
fn agreed(path: &Path, wants: &[String], printer: &Printer) -> Result<bool> {
    let terminal = File::open("/dev/tty").map_err(|error| {
        let error = Error::new(Class::Denied, "there is no terminal at which to ask").cause(error);
        wants.iter().fold(error, Error::cause).hint("say what is allowed by `--max-grants FILE`")
    })?;
    printer.question(&format!("`{}` wants:", path.display()), wants, "Agree? [y/N] ");
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer).map_err(|error| {
        Error::new(Class::Denied, "the answer can't be read from the terminal").cause(error)
    })?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
