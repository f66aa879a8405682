//! One HTTP request through `wasi:http/client`.

use crate::output::{Outcome, code, fail, pour, say};
use crate::wasi::http::client::send;
use crate::wasi::http::types::{Fields, Request, Response, Scheme};
use crate::world::wit_future;

/// Prints `status CODE`, then the body.
pub async fn get(url: &str) -> Outcome {
    let response = send(request(url)?).await.map_err(code)?;
    say(&format!("status {}", response.get_status_code())).await;
    let (_consumed, outcome) = wit_future::new(|| Ok(()));
    let (body, ended) = Response::consume_body(response, outcome);
    pour(body).await?;
    say("").await;
    ended.await.map(drop).map_err(code)
}

fn request(url: &str) -> Outcome<Request> {
    let (scheme, rest) = match url.split_once("://") {
        Some(("http", rest)) => (Scheme::Http, rest),
        Some(("https", rest)) => (Scheme::Https, rest),
        _ => return fail(format!("not-a-url {url}")),
    };
    let split = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(split);
    let (_no_trailers, trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, trailers, None);
    request
        .set_scheme(Some(&scheme))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })))
        .or_else(|()| fail(format!("not-a-url {url}")))?;
    Ok(request)
}
