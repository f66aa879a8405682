//! One attempt, through `wasi:http`.

use crate::world::exports::acme::mesh::route::{Header, Response};
use crate::world::wasi::http::outgoing_handler::handle;
use crate::world::wasi::http::types::{Fields, IncomingResponse, OutgoingRequest, Scheme};

/// GETs `path` of the server at `upstream`, `http://HOST:PORT`.
pub fn get(upstream: &str, path: &str, headers: &[Header]) -> Result<Response, String> {
    let request = request(upstream, path, headers)
        .ok_or_else(|| format!("{upstream}{path} can't be asked for"))?;
    let pending = handle(request, None).map_err(|error| error.to_string())?;
    pending.subscribe().block();
    match pending.get() {
        Some(Ok(Ok(response))) => read(&response),
        Some(Ok(Err(error))) => Err(error.to_string()),
        Some(Err(())) | None => Err("no response".to_owned()),
    }
}

fn request(upstream: &str, path: &str, headers: &[Header]) -> Option<OutgoingRequest> {
    let (scheme, authority) = upstream.split_once("://")?;
    let fields = Fields::new();
    for Header { name, value } in headers {
        fields.append(name, value.as_bytes()).ok()?;
    }
    let request = OutgoingRequest::new(fields);
    request.set_scheme(Some(&if scheme == "https" { Scheme::Https } else { Scheme::Http })).ok()?;
    request.set_authority(Some(authority)).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    Some(request)
}

fn read(response: &IncomingResponse) -> Result<Response, String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let headers = response
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| Header { name, value: text(value) });
    let body = response.consume().map_err(|()| "no body")?;
    let (stream, mut bytes) = (body.stream().map_err(|()| "no body")?, Vec::new());
    while let Ok(some) = stream.blocking_read(64 << 10) {
        bytes.extend(some);
    }
    Ok(Response { status: response.status(), headers: headers.collect(), body: text(bytes) })
}
