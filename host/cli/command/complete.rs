//! What could come next on a command line that runs or calls a program: asked by the completion
//! scripts.

use std::path::Path;

use clap::{Arg, CommandFactory};
use forebay::app::{App, Sources, is_description};
use forebay::config::{Config, Limit};
use forebay::error::Result;
use forebay::load::{self, Program};
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed;

use crate::answer::answer;
use crate::args::Args;
use crate::exit::Status;
use crate::settings;

/// Prints a word a line; nothing where only files could follow, and where the program can't be
/// read: a shell that is asked to complete has no place for an error.
pub fn run(words: &[String]) -> Result<Status> {
    let found = candidates(words).unwrap_or_default();
    answer(found.iter().map(|word| format!("{word}\n")).collect::<String>().as_bytes())
}

/// `words` are `run PROGRAM ARGS…` or `call PROGRAM FUNCTION ARGS…`, the last one unfinished.
fn candidates(words: &[String]) -> Option<Vec<String>> {
    let (command, rest) = words.split_first()?;
    let (unfinished, rest) = rest.split_last()?;
    let (path, rest) = from_program(command, rest)?.split_first()?;
    let program = main(path)?;
    // Nobody who presses a key waits for a program to be compiled.
    let compiler = Some(settings::compiler());
    let config = Config { compiler, interruptible: false, ..Config::default() };
    let loaded = Runtime::new(config).ok()?.outline_of_guest(&program).ok()?;
    let (linked, before) = match command.as_str() {
        "run" => (loaded.link(&Grants::default()).ok()?, rest),
        "call" => {
            let (function, rest) = rest.split_first()?;
            (loaded.link_function(&Grants::default(), function).ok()?, rest)
        }
        _ => return None,
    };
    let mut found = typed::help::completions(linked.signature()?, before);
    found.retain(|word| word.starts_with(unfinished.as_str()));
    Some(found)
}

/// The words from the program on: the first file that isn't the value of a flag of ours.
fn from_program<'a>(command: &str, words: &'a [String]) -> Option<&'a [String]> {
    let ours = Args::command();
    let ours = ours.find_subcommand(command)?;
    let takes_value = |flag: &str| {
        let is_it = |arg: &Arg| arg.get_long().is_some_and(|long| flag == format!("--{long}"));
        ours.get_arguments().any(|arg| is_it(arg) && arg.get_action().takes_values())
    };
    let is_value = |at: usize| at.checked_sub(1).is_some_and(|flag| takes_value(&words[flag]));
    let is_program = |at: &usize| Path::new(&words[*at]).is_file() && !is_value(*at);
    Some(&words[(0..words.len()).find(is_program)?..])
}

/// The program whose function is called: a manifest's, or a composition's, is its main guest.
fn main(path: &str) -> Option<Program> {
    if is_description(path.as_ref()) {
        let app = App::open(path, &Sources::default()).ok()?;
        return app.graph().guests().first().map(|main| main.program.clone());
    }
    let bytes = load::read(path.as_ref(), Limit::Size.default()).ok()?;
    Program::recognise(path, bytes).ok()
}
