//! Runs an app as its manifest says: `cargo run --release -p forebay --example manifest
//! forebay.toml`.

use forebay::app::{App, Sources};
use forebay::config::Config;
use forebay::error::{Class, Error, Result};
use forebay::run::Outcome;
use forebay::runtime::Runtime;

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| {
        Error::new(Class::Usage, "no manifest is named").hint("name a `forebay.toml`")
    })?;
    let outcome = run(&path).await?;

    println!("it ended with {:?}", outcome.exit);
    outcome.denials.iter().for_each(|denial| println!("it was refused to {}", denial.what));
    Ok(())
}

/// Runs the app whose manifest (or composition in WAC, or program) is at `path`.
pub async fn run(path: &str) -> Result<Outcome> {
    let runtime = Runtime::new(Config::default())?;

    // What each guest is granted, and where its streams lead, is in the manifest.
    let app = App::open(path, &Sources::default())?;
    let program = app.link(&runtime).await?;
    program.run(&app.main().args, &app.stdio()).await
}
