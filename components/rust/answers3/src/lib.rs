//! A test instrument that answers HTTP requests by WASI 0.3: each path is a way to answer, or to
//! fail at it.

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
        world: "forebay:answers3/answers3",
        generate_all,
    });
}

use std::sync::atomic::{AtomicU32, Ordering};

use wit_bindgen::{StreamReader, StreamResult, spawn_local};
use world::wasi::clocks::monotonic_clock::wait_for;
use world::wasi::http::types::{ErrorCode, Fields, Request, Response};
use world::wit_future;

/// How many requests this instance has had.
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Answers;

world::export!(Answers with_types_in world);

impl world::exports::wasi::http::handler::Guest for Answers {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
        let target = request.get_path_with_query().unwrap_or_default();
        match target.split('?').next().unwrap_or_default() {
            "/" => Ok(text("hello\n", false)),
            "/count" => Ok(text(&format!("{count}\n"), false)),
            "/request" => Ok(text(
                &format!(
                    "{:?} {:?} {} {target}\n",
                    request.get_method(),
                    request.get_scheme(),
                    request.get_authority().unwrap_or_default()
                ),
                false,
            )),
            "/echo" => Ok(echo(request)),
            "/trap" => panic!("asked for it"),
            "/late-trap" => Ok(text("begun\n", true)),
            "/error" => Err(ErrorCode::InternalError(Some("asked for it".to_owned()))),
            _ => {
                let response = text("not found\n", false);
                response.set_status_code(404).unwrap();
                Ok(response)
            }
        }
    }
}

/// A reply of some text, after which the guest may trap.
fn text(text: &str, trap: bool) -> Response {
    let (mut writer, body) = world::wit_stream::new();
    let bytes = text.as_bytes().to_vec();
    spawn_local(async move {
        writer.write_all(bytes).await;
        if trap {
            // The peer has the beginning by then.
            wait_for(20_000_000).await;
            panic!("asked for it");
        }
    });
    reply(body)
}

fn reply(body: StreamReader<u8>) -> Response {
    let fields = Fields::new();
    fields.append("content-type", b"text/plain").unwrap();
    let (_none, trailers) = wit_future::new(|| Ok(None));
    Response::new(fields, Some(body), trailers).0
}

/// Sends back what comes, while it comes.
fn echo(request: Request) -> Response {
    let (_done, outcome) = wit_future::new(|| Ok(()));
    let (mut input, _trailers) = Request::consume_body(request, outcome);
    let (mut writer, body) = world::wit_stream::new();
    spawn_local(async move {
        loop {
            let (result, bytes) = input.read(Vec::with_capacity(64 << 10)).await;
            let left = writer.write_all(bytes).await;
            if !left.is_empty() || !matches!(result, StreamResult::Complete(_)) {
                return;
            }
        }
    });
    reply(body)
}
