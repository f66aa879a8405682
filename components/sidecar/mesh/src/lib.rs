//! The mesh: finds where a request goes, rewrites its headers, tries again while its budget lasts,
//! and has each attempt audited.
//!
//! `ROUTES` says what is where, `/api=http://10.0.0.1:8080 /=http://10.0.0.2`; `RETRIES` is how
//! many attempts more there may be in all (10 unless it's said).

mod send;

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
            "../audit/audit.wit",
            "mesh.wit",
        ],
        world: "acme:mesh/mesh",
        generate_all,
    });
}

use std::cell::Cell;

use world::acme::audit::log;
use world::exports::acme::mesh::route::{Failure, Guest, Header, Request, Response};
use world::wasi::cli::environment::get_environment;

struct Mesh;

world::export!(Mesh with_types_in world);

thread_local! {
    /// How many requests there were, and how many retries are left once the first one asked.
    static COUNT: Cell<u32> = const { Cell::new(0) };
    static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Headers that are about one connection only, and those that are nobody's business outside.
const DROPPED: &[&str] = &[
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "upgrade",
    "server",
    "date",
    "x-debug",
];

impl Guest for Mesh {
    fn send(request: Request) -> Result<Response, Failure> {
        let variables = get_environment();
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        let upstream = upstream(variable("ROUTES").unwrap_or_default(), &request.path)
            .ok_or_else(|| Failure::NoRoute(request.path.clone()))?;
        let left = LEFT.get().or_else(|| variable("RETRIES")?.parse().ok()).unwrap_or(10);
        LEFT.set(Some(left));
        let number = COUNT.get() + 1;
        COUNT.set(number);

        let mut headers = rewritten(request.headers);
        headers.push(Header { name: "via".to_owned(), value: "1.1 mesh".to_owned() });
        headers.push(Header { name: "x-request-id".to_owned(), value: number.to_string() });
        loop {
            let answer = send::get(upstream, &request.path, &headers);
            let said = match &answer {
                Ok(response) => response.status.to_string(),
                Err(error) => error.clone(),
            };
            log::note(&format!("{number} {upstream}{} {said}", request.path));
            let why = match answer {
                Ok(response) if response.status < 500 => {
                    return Ok(Response { headers: rewritten(response.headers), ..response });
                }
                Ok(response) => format!("status {}", response.status),
                Err(error) => error,
            };
            match LEFT.get().unwrap_or_default().checked_sub(1) {
                Some(left) => LEFT.set(Some(left)),
                None => return Err(Failure::Exhausted(why)),
            }
        }
    }
}

/// Where the longest route that the path begins with leads.
fn upstream<'a>(routes: &'a str, path: &str) -> Option<&'a str> {
    let routes = routes.split_whitespace().filter_map(|route| route.split_once('='));
    routes
        .filter(|(prefix, _)| path.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, url)| url)
}

fn rewritten(headers: Vec<Header>) -> Vec<Header> {
    headers
        .into_iter()
        .filter(|header| !DROPPED.contains(&header.name.to_ascii_lowercase().as_str()))
        .collect()
}
