//! What was typed but isn't a command: said with what was probably meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use forebay::error::{Class, Error};
use forebay::names::edit_distance;
use forebay::quote::shell;

use crate::answer::answer;
use crate::args::{Args, Command};
use crate::defaults;
use crate::version;

/// How far a word may be from a command that is meant.
const FAR: usize = 2;

/// Commands of other runtimes, and what does the same here.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["exec", "execute", "start", "wasm"], "`forebay run PROGRAM` runs a program"),
    (
        &["serve", "http"],
        "serving isn't there yet; `forebay run PROGRAM` runs commands and typed functions",
    ),
    (
        &["validate", "wast"],
        "`forebay inspect PROGRAM` says what a program is, `forebay check MANIFEST` whether guests fit",
    ),
    (
        &["link", "plug", "wac", "merge"],
        "`forebay compose --with GUEST PROGRAM -o FILE` makes one component of several",
    ),
    (
        &["info", "show", "objdump", "exports"],
        "`forebay inspect PROGRAM` shows imports and exports",
    ),
    (
        &["component", "componentize", "convert"],
        "`forebay adapt MODULE -o FILE` makes a component of a module",
    ),
    (&["init", "create", "generate"], "`forebay new NAME --lang LANG` begins a program"),
    (&["make", "install"], "`forebay build` builds what this folder's `forebay.toml` describes"),
    (&["clean", "clear"], "`forebay cache clear` empties the cache"),
    (&["invoke"], "`forebay call PROGRAM FUNCTION ARGS…` calls a function"),
    (&["version"], "`forebay --version`"),
];

/// Flags of other runtimes, and what does the same here.
const FLAGS: &[(&[&str], &str)] = &[
    (
        &["-d", "--mapdir", "--map-dir", "--volume", "--allow-read", "--allow-write", "--preopen"],
        "`--dir HOST::GUEST`, the host's directory first",
    ),
    (&["-e"], "`--env NAME=VALUE`"),
    (&["--allow-env"], "`--env NAME`, or `--env-inherit`"),
    (
        &["-S", "--wasi", "--wasi-modules"],
        "all of WASI is there; what a program may use is granted by `--net`, `--dir` and `--env`",
    ),
    (&["-W", "-O", "-C", "-D"], "limits are `--max-memory SIZE`, `--fuel N`, `--timeout DURATION`"),
    (
        &["--allow-net", "--network", "--inherit-network", "--allow-all"],
        "`--net RULE`, e.g. `--net tcp://example.com:443`, or `--net all`",
    ),
    (&["--tcplisten", "--addr", "--tcp-listen"], "`--listen tcp://ADDR:PORT`"),
    (&["--preload", "--plug"], "`--with FILE`"),
    (&["--entrypoint", "--entry", "--func"], "`--invoke FUNCTION`"),
    (&["--memory", "--memory-limit", "--max-memory-size"], "`--max-memory SIZE`"),
];

/// Reads the words of the command line; those that can't be read end the process, as the parser
/// has it.
///
/// # Errors
/// `Class::Usage` when the first word is no command, or a flag isn't one of its own.
pub fn parse(words: Vec<OsString>) -> Result<Args, Error> {
    let error = match Args::try_parse_from(&words) {
        Ok(args) => return with_defaults(args, &words),
        Err(error) => error,
    };
    if error.kind() == ErrorKind::DisplayVersion && asks_for_more(&words) {
        answer(version::text().as_bytes())?;
        std::process::exit(0);
    }
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
            Some(word) => Err(unknown(&words, &word)),
            None => error.exit(),
        },
        _ => error.exit(),
    }
}

/// What was typed, with what the user wants each time.
fn with_defaults(args: Args, words: &[OsString]) -> Result<Args, Error> {
    // What another process of ours starts has its own words.
    if matches!(args.command, Command::Compiler | Command::Complete { .. }) {
        return Ok(args);
    }
    let Some((words, path)) = defaults::applied(words, args.global.config.as_deref())? else {
        return Ok(args);
    };
    let parsed = Args::command().args_override_self(true).try_get_matches_from(&words);
    parsed.and_then(|matches| Args::from_arg_matches(&matches)).map_err(|error| {
        let text = error.to_string();
        let why = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Error::new(Class::Usage, format!("the defaults in `{}` can't be used", path.display()))
            .cause(why)
            .hint("mend that file, or name another: `--config FILE`")
    })
}

/// Whether `--verbose` stands among flags of ours.
fn asks_for_more(words: &[OsString]) -> bool {
    let ours = words.iter().skip(1).take_while(|word| word.to_string_lossy().starts_with('-'));
    ours.clone().any(|word| word == "--verbose" || word == "-v" || word == "-vV" || word == "-Vv")
}

/// A word that stands where a command should.
fn unknown(words: &[OsString], word: &str) -> Error {
    let shown = Args::command();
    let parent = words.iter().skip(1).find_map(|word| shown.find_subcommand(word));
    let (command, name) = match parent {
        Some(parent) => (parent, format!("forebay {}", parent.get_name())),
        None => (&shown, "forebay".to_owned()),
    };
    let what = match parent {
        Some(_) => format!("`{name}` has no command `{word}`"),
        None => format!("there is no command `{word}`"),
    };
    let error = Error::new(Class::Usage, what);
    let names: Vec<&str> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name())
        .collect();

    if parent.is_none() && is_program(word) {
        return error
            .cause("it looks like a program")
            .hint(format!("to run it: `forebay run {}`", shell(word)));
    }
    if let Some(near) = nearest(&word.to_lowercase(), &names) {
        return error.hint(format!("is it `{name} {near}`?"));
    }
    let error = error.cause(format!("there are {}", names.join(", ")));
    match elsewhere(COMMANDS, word).filter(|_| parent.is_none()) {
        Some(here) => error.hint(here),
        None if parent.is_some() => error.hint(format!("`{name} --help` says what each does")),
        None => {
            error.hint("`forebay --help` says what each does; `forebay run PROGRAM` runs a program")
        }
    }
}

/// A flag that the command in `words` doesn't have, with what was probably meant.
fn misspelt(words: &[OsString], flag: &str) -> Option<Error> {
    let shown = Args::command();
    let at = words.iter().skip(1).position(|word| shown.find_subcommand(word).is_some())? + 1;
    let command = shown.find_subcommand(&words[at])?;
    let name = command.get_name();
    let error = Error::new(Class::Usage, format!("`forebay {name}` has no flag `{flag}`"));

    // The value of a flag before it: none begins with a dash.
    let place = words.iter().position(|word| word == flag)?;
    let before = words[place - 1].to_str().unwrap_or_default();
    let takes = |argument: &&clap::Arg| {
        let long = argument.get_long().map(|long| format!("--{long}"));
        argument.get_action().takes_values() && long.as_deref() == Some(before)
    };
    if place > at && command.get_arguments().any(|argument| takes(&argument)) {
        return Some(
            Error::new(Class::Usage, format!("a value is missing after `{before}`"))
                .cause(format!("`{flag}` follows it, which begins with a dash as flags do"))
                .hint(format!("if that is the value, write `{before}={flag}`")),
        );
    }

    let flags = command.get_arguments().chain(shown.get_arguments());
    let mut flags: Vec<&str> = flags.filter_map(|argument| argument.get_long()).collect();
    flags.extend(["help", "version"]);
    let long = flag.strip_prefix("--").map(|flag| flag.split('=').next().unwrap_or(flag));
    if place < at && long.is_some_and(|long| flags.contains(&long)) {
        let what = format!("`{flag}` stands before the command that it belongs to");
        let hint = format!("write `forebay {name} {flag} …`");
        return Some(Error::new(Class::Usage, what).hint(hint));
    }
    if let Some(here) = elsewhere(FLAGS, flag) {
        return Some(error.hint(here));
    }
    let near = nearest(long?, &flags)?;
    Some(error.hint(format!("is it `--{near}`? a program's own flags stand after its name")))
}

/// What does here what a word of another runtime does there.
fn elsewhere(words: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    let (_, here) = words.iter().find(|(theirs, _)| theirs.contains(&word))?;
    Some(here)
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
