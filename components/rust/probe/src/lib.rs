//! A test instrument for hosts of WASI 0.2: `probe COMMAND [ARGS]…` uses one capability and says
//! what came of it. Results go to stdout, one stable line each, and the exit code is 0. What the
//! host refuses is `error: CODE`, with the name that WASI gives the code, and exit code 1. A
//! command that is not known lists all of them and exits with 2.

mod address;
mod files;
mod http;
mod limits;
mod outcome;
mod process;
mod tcp;
mod trap;
mod udp;

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: [
            "../../../wit/deps/io@0.2.12.wit",
            "../../../wit/deps/clocks@0.2.12.wit",
            "../../../wit/deps/random@0.2.12.wit",
            "../../../wit/deps/filesystem@0.2.12.wit",
            "../../../wit/deps/sockets@0.2.12.wit",
            "../../../wit/deps/cli@0.2.12.wit",
            "../../../wit/deps/http@0.2.12.wit",
            "wit",
        ],
        world: "forebay:probe/probe",
        generate_all,
    });
}

use outcome::{Outcome, fail, say};
use world::wasi;

const USAGE: &str = "usage: probe COMMAND [ARGS]
  args | env | cwd | stdin | stderr TEXT | exit CODE | clock | sleep MS | random N
  read PATH | write PATH TEXT | mkdir PATH | list PATH | stat PATH | remove PATH | rename FROM TO
  resolve NAME | connect HOST:PORT [TEXT] | listen ADDR:PORT | udp ADDR:PORT TEXT | udp-bind ADDR:PORT | http URL
  grow MIB | handles N | spin | recurse | trap";

struct Probe;

world::export!(Probe with_types_in world);

impl world::exports::wasi::cli::run::Guest for Probe {
    fn run() -> Result<(), ()> {
        let args = wasi::cli::environment::get_arguments();
        let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
        match dispatch(&words) {
            Ok(()) => Ok(()),
            Err(code) => {
                say(&format!("error: {code}"));
                Err(())
            }
        }
    }
}

fn dispatch(words: &[&str]) -> Outcome {
    match *words {
        ["args", ref rest @ ..] => process::args(rest),
        ["env"] => process::env(),
        ["cwd"] => process::cwd(),
        ["stdin"] => process::stdin(),
        ["stderr", text] => process::stderr(text),
        ["exit", code] => process::exit(number(code)?),
        ["clock"] => process::clock(),
        ["sleep", millis] => process::sleep(number(millis)?),
        ["random", count] => process::random(number(count)?),
        ["read", path] => files::read(path),
        ["write", path, text] => files::write(path, text),
        ["mkdir", path] => files::mkdir(path),
        ["list", path] => files::list(path),
        ["stat", path] => files::stat(path),
        ["remove", path] => files::remove(path),
        ["rename", from, to] => files::rename(from, to),
        ["resolve", name] => address::resolve(name),
        ["connect", peer] => tcp::connect(peer, None),
        ["connect", peer, text] => tcp::connect(peer, Some(text)),
        ["listen", local] => tcp::listen(local),
        ["udp", peer, text] => udp::send(peer, text),
        ["udp-bind", local] => udp::bind(local),
        ["http", url] => http::get(url),
        ["grow", mib] => limits::grow(number(mib)?),
        ["handles", count] => limits::handles(number(count)?),
        ["spin"] => limits::spin(),
        ["recurse"] => limits::recurse(),
        ["trap"] => trap::a(),
        _ => {
            outcome::complain(USAGE);
            process::exit(2)
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().or_else(|_| fail(format!("not-a-number {text}")))
}
