//! `forebay cache dir` and `forebay cache clear`.

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
    match action {
        CacheAction::Dir => answer(format!("{}\n", directory.display()).as_bytes()),
        CacheAction::Clear => {
            let cannot = |why: String| {
                Error::new(Class::Host, format!("cannot clear `{}`", directory.display()))
                    .cause(why)
            };
            let cache = Cache::open(&CacheConfig::new(&directory)).map_err(cannot)?;
            let freed = cache.clear().map_err(|error| cannot(error.to_string()))?;
            answer(format!("freed {freed} bytes\n").as_bytes())
        }
    }
}
