//! What could come next on a command line that runs or calls a program: asked by the completion
//! scripts.

use forebay::config::{Config, Limit};
use forebay::error::Result;
use forebay::load::{self, Program};
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed;

use crate::answer::answer;
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
    let program = rest.iter().position(|word| std::path::Path::new(word).is_file())?;
    let (path, rest) = rest[program..].split_first()?;
    let bytes = load::read(path.as_ref(), Limit::Size.default()).ok()?;
    let program = Program::recognise(path, bytes).ok()?;
    // Nobody who presses a key waits for a program to be compiled.
    let compiler = Some(settings::compiler());
    let config = Config { compiler, interruptible: false, ..Config::default() };
    let loaded = Runtime::new(config).ok()?.outline(&program).ok()?;
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
