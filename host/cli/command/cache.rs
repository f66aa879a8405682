//! `forebay cache`: where compiled code is kept, how much of it there is, and less of it.

use forebay::cache::Cache;
use forebay::config::CacheConfig;
use forebay::error::{Class, Error, Result};

use crate::answer::answer;
use crate::args::CacheAction;
use crate::exit::Status;
use crate::settings;

/// Runs the command.
pub fn run(action: CacheAction) -> Result<Status> {
    let directory = settings::cache_directory().ok_or_else(|| {
        Error::new(Class::Host, "there is no cache directory")
            .cause("neither XDG_CACHE_HOME nor HOME is set")
    })?;
    let config = CacheConfig::new(&directory);
    let doing = match action {
        CacheAction::Dir => return answer(format!("{}\n", directory.display()).as_bytes()),
        CacheAction::Size => "look into",
        CacheAction::Prune { .. } => "prune",
        CacheAction::Clear => "clear",
    };

    let cannot = |why: String| {
        Error::new(Class::Host, format!("cannot {doing} `{}`", directory.display())).cause(why)
    };
    let cache = Cache::open(&config).map_err(cannot)?;
    let said = match action {
        CacheAction::Dir | CacheAction::Size => {
            cache.size().map(|size| format!("{size} bytes, of at most {}\n", config.limit))
        }
        CacheAction::Prune { to } => {
            cache.prune(to.unwrap_or(config.limit)).map(|freed| format!("freed {freed} bytes\n"))
        }
        CacheAction::Clear => cache.clear().map(|freed| format!("freed {freed} bytes\n")),
    };
    answer(said.map_err(|error| cannot(error.to_string()))?.as_bytes())
}
