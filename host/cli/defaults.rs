//! Flags that the user wants each time: `config.toml`, a table for each command. They stand before
//! what is typed, so that this counts where both say something.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use forebay::error::{Class, Error, Result};
use forebay::names::nearest_of;
use toml::{Table, Value};

use crate::args::Args;

/// The file unless another is named: `$XDG_CONFIG_HOME/forebay/config.toml`, else
/// `~/.config/forebay/config.toml`, if there is one.
fn usual() -> Option<PathBuf> {
    let base = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base("XDG_CONFIG_HOME").or_else(|| Some(base("HOME")?.join(".config")))?;
    Some(base.join("forebay/config.toml")).filter(|path| path.is_file())
}

/// What was typed with the defaults before it, and the file that they are from; `None` if there are
/// none.
///
/// # Errors
/// `Class::NotFound` when the file that is named isn't there, `Class::Usage` when it can't be used.
pub fn applied(
    words: &[OsString],
    named: Option<&Path>,
) -> Result<Option<(Vec<OsString>, PathBuf)>> {
    let Some(path) = named.map(Path::to_owned).or_else(usual) else { return Ok(None) };
    let shown = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let what = format!("the configuration `{shown}` can't be read");
        let class = if error.kind() == std::io::ErrorKind::NotFound {
            Class::NotFound
        } else {
            Class::Host
        };
        Error::new(class, what).cause(error)
    })?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        Error::new(Class::Usage, format!("`{shown}` is not a configuration"))
            .cause(error.to_string().trim_end())
            .hint("it's written in TOML: a table for each command, e.g. `[run]`, with its flags, e.g. `timeout = \"10s\"`")
    })?;

    let flags = read(&table, words).map_err(|problems| {
        let error = Error::new(Class::Usage, format!("`{shown}` can't be used"));
        problems.iter().fold(error, Error::cause)
    })?;
    let Some((at, flags)) = flags.filter(|(_, flags)| !flags.is_empty()) else { return Ok(None) };
    let mut all = words[..=at].to_vec();
    all.extend(flags);
    all.extend_from_slice(&words[at + 1..]);
    Ok(Some((all, path)))
}

/// The flags of the command that was typed, and where it stands. Every table is checked.
type Flags = Option<(usize, Vec<OsString>)>;

fn read(table: &Table, words: &[OsString]) -> Result<Flags, Vec<String>> {
    let shown = Args::command();
    let at = words.iter().skip(1).position(|word| shown.find_subcommand(word).is_some());
    let at = at.map(|at| at + 1);
    let typed = at.and_then(|at| shown.find_subcommand(&words[at]));

    let (mut problems, mut flags) = (Vec::new(), Vec::new());
    for (name, entry) in table {
        let Some(command) = shown.find_subcommand(name).filter(|command| !command.is_hide_set())
        else {
            let names = shown.get_subcommands().filter(|command| !command.is_hide_set());
            let near = nearest_of(name, names.map(|command| command.get_name()));
            let near = near.map(|near| format!("; is it `[{near}]`?")).unwrap_or_default();
            problems.push(format!("`{name}`: there is no such command{near}"));
            continue;
        };
        let Some(entry) = entry.as_table() else {
            problems.push(format!("`{name}`: a command is a table: `[{name}]`"));
            continue;
        };
        for (flag, value) in entry {
            match words_of(command, &shown, flag, value) {
                Err(why) => problems.push(format!("`{name}.{flag}`: {why}")),
                Ok(words) if typed.is_some_and(|typed| typed.get_name() == name) => {
                    flags.extend(words);
                }
                Ok(_) => {}
            }
        }
    }
    if problems.is_empty() { Ok(at.map(|at| (at, flags))) } else { Err(problems) }
}

/// A flag as it's typed.
fn words_of(
    command: &clap::Command,
    shown: &clap::Command,
    flag: &str,
    value: &Value,
) -> Result<Vec<OsString>, String> {
    let mut flags = command.get_arguments().chain(shown.get_arguments());
    let Some(found) = flags.find(|argument| argument.get_long() == Some(flag)) else {
        let names = command.get_arguments().chain(shown.get_arguments());
        let near = nearest_of(flag, names.filter_map(|argument| argument.get_long()));
        let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
        return Err(format!("there is no such flag{near}"));
    };
    let takes = found.get_action().takes_values();
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        _ => Err("a value is text or a number".to_owned()),
    };
    match (takes, value) {
        (false, Value::Boolean(true)) => Ok(vec![format!("--{flag}").into()]),
        (false, Value::Boolean(false)) => Ok(Vec::new()),
        (false, _) => Err("it's `true` or `false`".to_owned()),
        (true, Value::Array(values)) => {
            values.iter().map(|value| Ok(format!("--{flag}={}", one(value)?).into())).collect()
        }
        (true, value) => Ok(vec![format!("--{flag}={}", one(value)?).into()]),
    }
}
