//! Where `--access-log` writes.

use std::fs::OpenOptions;
use std::io::Write;

use forebay::error::{Class, Error, Result};
use forebay::serve::accesslog::{AccessLog, LogFormat};

use crate::args::{Lines, Serve};
use crate::report::Printer;

/// Opens the log, if there is to be one.
///
/// # Errors
/// `Class::Host` when it can't be opened.
pub fn log(flags: &Serve, printer: Printer) -> Result<Option<AccessLog>> {
    let Some(path) = flags.access_log.clone() else { return Ok(None) };
    let format = match flags.log_format {
        Lines::Json => LogFormat::Json,
        Lines::Common => LogFormat::Common,
    };
    let shown = path.display().to_string();
    let named = shown.clone();
    let open = move || -> std::io::Result<Box<dyn Write + Send>> {
        Ok(match path.as_os_str() == "-" {
            true => Box::new(std::io::stdout()),
            false => Box::new(OpenOptions::new().create(true).append(true).open(&path)?),
        })
    };
    let trouble = move |error: std::io::Error| {
        let text = format!("cannot write the log `{named}`: {error}; lines are left out");
        printer.warning(&text, None);
    };
    let log = AccessLog::start(format, Box::new(open), trouble);
    log.map(Some).map_err(|error| {
        Error::new(Class::Host, format!("cannot write the log `{shown}`")).cause(error)
    })
}
