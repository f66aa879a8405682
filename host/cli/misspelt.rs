//! What was typed but isn't a command: said with what was probably meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use forebay::error::{Class, Error};
use forebay::names::edit_distance;

use crate::args::Args;

/// How far a word may be from a command that is meant.
const FAR: usize = 2;

/// Reads the words of the command line; those that can't be read end the process, as the parser
/// has it.
///
/// # Errors
/// `Class::Usage` when the first word is no command, or a flag's value begins with a dash.
pub fn parse(words: Vec<OsString>) -> Result<Args, Error> {
    let error = match Args::try_parse_from(&words) {
        Ok(args) => return Ok(args),
        Err(error) => error,
    };
    let wrong = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            match wrong(ContextKind::InvalidArg).and_then(|flag| misspelt(&words, &flag)) {
                Some(error) => Err(error),
                None => error.exit(),
            }
        }
        ErrorKind::InvalidSubcommand => match wrong(ContextKind::InvalidSubcommand) {
            Some(word) => Err(unknown(&word)),
            None => error.exit(),
        },
        _ => error.exit(),
    }
}

fn unknown(word: &str) -> Error {
    let error = Error::new(Class::Usage, format!("there is no command `{word}`"));
    let shown = Args::command();
    let names: Vec<&str> = shown
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name())
        .collect();
    if is_program(word) {
        return error
            .cause("it looks like a program")
            .hint(format!("to run it: `forebay run {word}`"));
    }
    match nearest(&word.to_lowercase(), &names) {
        Some(near) => error.hint(format!("is it `forebay {near}`?")),
        None => error
            .cause(format!("there are {}", names.join(", ")))
            .hint("`forebay --help` says what each does; `forebay run PROGRAM` runs a program"),
    }
}

/// A flag of the command in `words` that was probably meant.
fn misspelt(words: &[OsString], flag: &str) -> Option<Error> {
    let shown = Args::command();
    let mut commands = words.iter().skip(1).filter_map(|word| shown.find_subcommand(word));
    let command = commands.next()?;
    let flags = command.get_arguments().filter_map(|argument| argument.get_long());
    let flags: Vec<&str> =
        flags.chain(shown.get_arguments().filter_map(|a| a.get_long())).collect();
    let near = nearest(flag.strip_prefix("--")?, &flags)?;
    let what = format!("`forebay {}` has no flag `{flag}`", command.get_name());
    let hint = format!("is it `--{near}`? a program's own flags stand after its name");
    Some(Error::new(Class::Usage, what).hint(hint))
}

/// The nearest of `names`, if one is near.
fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    // Letters in another order are the commonest slip.
    let far = |name: &str| match letters(name) == letters(word) {
        true => 1,
        false => edit_distance(name, word),
    };
    let most = FAR.min(word.len() / 2);
    names.iter().copied().filter(|name| far(name) <= most).min_by_key(|name| far(name))
}

/// Whether a word is a path rather than a command.
fn is_program(word: &str) -> bool {
    let ends = [".wasm", ".wat", ".cwasm", ".toml", ".wac"];
    word.contains('/') || ends.iter().any(|end| word.ends_with(end)) || word == "-"
}
