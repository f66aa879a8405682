//! Runs a program with its standard output captured: `cargo run --release -p forebay --example
//! capture [PROGRAM [ARGS]…]`.

use forebay::capability::stdio::{Capture, Input, Output, Stdio};
use forebay::config::{Budget, Config};
use forebay::error::Result;
use forebay::policy::Grants;
use forebay::run::Exit;
use forebay::runtime::Runtime;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let path = args
        .next()
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../components/wat/wc.wat").into());
    let args: Vec<String> = args.collect();

    // A runtime holds the engine and the settings. Make one, and load any number of programs with
    // it.
    let budget = Budget { memory: 256 << 20, ..Budget::default() };
    let runtime = Runtime::new(Config { budget, ..Config::default() })?;

    // Nothing is granted: no directories, no environment, no network.
    let program = runtime.load(path).await?.link(&Grants::default())?;

    // A linked program can be run again and again, at once too: each run has a store of its own.
    let captured = Capture::new(1 << 20);
    let stdio = Stdio {
        stdin: Input::Bytes("three small words\n".into()),
        stdout: Output::Capture(captured.clone()),
        stderr: Output::Inherit,
    };
    let outcome = program.run(&args, &stdio).await?;

    println!("it wrote: {}", String::from_utf8_lossy(&captured.contents()).trim_end());
    match outcome.exit {
        Exit::Code(code) => println!("and ended with {code}"),
        other => println!("and ended with {other:?}"),
    }
    outcome.denials.iter().for_each(|denial| println!("it was refused to {}", denial.what));
    Ok(())
}
