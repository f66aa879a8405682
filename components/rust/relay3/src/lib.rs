//! Middleware: passes each request on to the next handler, and says so in a field of the answer.

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
        world: "forebay:relay3/relay3",
        generate_all,
    });
}

use world::wasi::http::handler::handle;
use world::wasi::http::types::{ErrorCode, Request, Response};
use world::wit_future;

struct Relay;

world::export!(Relay with_types_in world);

impl world::exports::wasi::http::handler::Guest for Relay {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let answer = handle(request).await?;
        let (status, fields) = (answer.get_status_code(), answer.get_headers().clone());
        fields.append("x-relayed", b"once").unwrap();

        let (_done, outcome) = wit_future::new(|| Ok(()));
        let (body, trailers) = Response::consume_body(answer, outcome);
        let (relayed, _sent) = Response::new(fields, Some(body), trailers);
        relayed.set_status_code(status).unwrap();
        Ok(relayed)
    }
}
