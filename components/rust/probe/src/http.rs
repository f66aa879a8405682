//! One HTTP request through `wasi:http/outgoing-handler`.

use crate::outcome::{Outcome, code, fail, say, stream_code, write_all};
use crate::wasi::cli::stdout;
use crate::wasi::http::outgoing_handler::handle;
use crate::wasi::http::types::{Fields, OutgoingRequest, Scheme};
use crate::wasi::io::streams::StreamError;

/// Prints `status CODE`, then the body.
pub fn get(url: &str) -> Outcome {
    let response = handle(request(url)?, None).map_err(code)?;
    response.subscribe().block();
    let Some(Ok(response)) = response.get() else {
        return fail("no-response");
    };
    let response = response.map_err(code)?;
    say(&format!("status {}", response.status()));
    let body = response.consume().or_else(|()| fail("no-body"))?;
    let (input, output) = (body.stream().or_else(|()| fail("no-body"))?, stdout::get_stdout());
    loop {
        match input.blocking_read(64 * 1024) {
            Ok(bytes) => write_all(&output, &bytes)?,
            Err(StreamError::Closed) => break,
            Err(error) => return Err(stream_code(error)),
        }
    }
    say("");
    Ok(())
}

fn request(url: &str) -> Outcome<OutgoingRequest> {
    let (scheme, rest) = match url.split_once("://") {
        Some(("http", rest)) => (Scheme::Http, rest),
        Some(("https", rest)) => (Scheme::Https, rest),
        _ => return fail(format!("not-a-url {url}")),
    };
    let split = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(split);
    let request = OutgoingRequest::new(Fields::new());
    request
        .set_scheme(Some(&scheme))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })))
        .or_else(|()| fail(format!("not-a-url {url}")))?;
    Ok(request)
}
