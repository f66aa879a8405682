//! Whether a manifest's wants are agreed to: by `--max-grants`, or by whoever sits at the terminal.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use forebay::app::{Ceiling, Manifest};
use forebay::error::{Class, Error, Result};
use forebay::sandbox;
use forebay::stream::{HostPlace, Location};
use forebay::typed::Call;

use crate::args::GuestFlags;
use crate::report::Printer;

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
        Some(file) => Ceiling::open(file)?,
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

/// The words of a typed main: those of a manifest that is held, and the user's own.
pub struct Words<'a> {
    /// The manifest.
    pub path: &'a Path,
    /// What it says.
    pub listed: &'a [String],
    /// What the user typed, a destination among it.
    pub typed: Vec<&'a str>,
}

impl Words<'_> {
    /// Refuses to read files for the manifest's words. It's asked before any word is read.
    ///
    /// # Errors
    /// `Class::Denied`, with the words.
    pub fn hold(&self) -> Result<()> {
        let is_file = |word: &&String| word.starts_with('@') || word.contains("=@");
        self.refuse(self.listed.iter().filter(is_file).cloned().collect())
    }

    /// Refuses what the manifest's words would have the host open: a place that is opened on the
    /// user's word is one that the user typed, once for each time that it's opened.
    ///
    /// # Errors
    /// `Class::Denied`, with the places.
    pub fn hold_call(&self, call: &Call) -> Result<()> {
        if self.listed.is_empty() {
            return Ok(());
        }
        let mut own: Vec<Location> = self.typed.iter().flat_map(|word| places(word)).collect();
        let mut others = sandbox::named(call);
        others.retain(|place| {
            let typed = own.iter().position(|own| own == place);
            typed.map(|at| own.swap_remove(at)).is_none() && reaches_out(place)
        });
        self.refuse(others.iter().map(ToString::to_string).collect())
    }

    fn refuse(&self, wants: Vec<String>) -> Result<()> {
        if wants.is_empty() {
            return Ok(());
        }
        let what = format!("`{}` wants more than was agreed to", self.path.display());
        let want = |what| format!("its `args` have the host open `{what}` for the main guest");
        let error = wants.into_iter().map(want).fold(Error::new(Class::Denied, what), Error::cause);
        Err(error.hint(
            "if you agree to it, say it yourself after the manifest's name, and leave it out there",
        ))
    }
}

/// What a word of the user's may name.
fn places(word: &str) -> Vec<Location> {
    let value = word.split_once('=').map(|(_, value)| value);
    let joined = word.strip_prefix("-o");
    let words = [Some(word), value, joined].into_iter().flatten();
    let plain = words.map(|word| word.strip_prefix('@').unwrap_or(word));
    let plain = plain.flat_map(|word| [Some(word), word.strip_suffix("::ro")]).flatten();
    let mut found: Vec<Location> = plain.filter_map(|word| word.parse().ok()).collect();
    found.dedup();
    found
}

/// Whether a place is anything but what each program has, or makes itself.
fn reaches_out(place: &Location) -> bool {
    place.host_place() != HostPlace::Nothing
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
