//! A test instrument for hosts of WASI 0.3, made like `probe`: `probe3 COMMAND [ARGS]…` uses one
//! capability and says what came of it. Results go to stdout, one stable line each, and the exit
//! code is 0. What the host refuses is `error: CODE` and exit code 1. A command that is not known
//! lists all of them and exits with 2.

mod files;
mod http;
mod net;
mod output;
mod process;

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: [
            "../../../wit/deps/clocks@0.3.0.wit",
            "../../../wit/deps/random@0.3.0.wit",
            "../../../wit/deps/filesystem@0.3.0.wit",
            "../../../wit/deps/sockets@0.3.0.wit",
            "../../../wit/deps/cli@0.3.0.wit",
            "../../../wit/deps/http@0.3.0.wit",
            "wit",
        ],
        world: "forebay:probe3/probe3",
        generate_all,
    });
}

use output::{Outcome, complain, fail, say};
use world::wasi;

const USAGE: &str = "usage: probe3 COMMAND [ARGS]
  args | env | stdin | exit CODE | sleep MS | spin | trap
  read PATH | resolve NAME | connect HOST:PORT [TEXT] | listen ADDR:PORT | http URL";

struct Probe;

world::export!(Probe with_types_in world);

impl world::exports::wasi::cli::run::Guest for Probe {
    async fn run() -> Result<(), ()> {
        let args = wasi::cli::environment::get_arguments();
        let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
        match dispatch(&words).await {
            Ok(()) => Ok(()),
            Err(code) => {
                say(&format!("error: {code}")).await;
                Err(())
            }
        }
    }
}

async fn dispatch(words: &[&str]) -> Outcome {
    match *words {
        ["args", ref rest @ ..] => process::args(rest).await,
        ["env"] => process::env().await,
        ["stdin"] => process::stdin().await,
        ["exit", code] => process::exit(number(code)?),
        ["sleep", millis] => process::sleep(number(millis)?).await,
        ["spin"] => process::spin(),
        ["trap"] => process::trap(),
        ["read", path] => files::read(path).await,
        ["resolve", name] => net::resolve(name).await,
        ["connect", peer] => net::connect(peer, None).await,
        ["connect", peer, text] => net::connect(peer, Some(text)).await,
        ["listen", local] => net::listen(local).await,
        ["http", url] => http::get(url).await,
        _ => {
            complain(USAGE).await;
            process::exit(2)
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().or_else(|_| fail(format!("not-a-number {text}")))
}
