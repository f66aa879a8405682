//! What could come next on a command line that runs or calls a program: asked by the completion
//! scripts.

use forebay::config::Config;
use forebay::error::Result;
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
    let cache = settings::cache_directory().map(forebay::config::CacheConfig::new);
    let loaded = Runtime::new(Config { cache, interruptible: false, ..Config::default() })
        .ok()?
        .load_file_blocking(path.as_ref())
        .ok()?;
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
