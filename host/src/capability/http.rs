//! Outgoing HTTP requests, each decided by the guard before a connection is made.

pub(super) mod wasi02;
pub(super) mod wasi03;

use std::sync::Arc;

use http::Request;
use http::uri::Scheme;
use wasmtime_wasi_http::{
    Error, RequestOptions, Result, WasiBody, WasiHttpHooks, default_send_request,
};

use crate::policy::Guard;

/// Sends a guest's requests where the guard allows.
pub struct Egress(pub Arc<Guard>);

type Done = Box<dyn Future<Output = Result<()>> + Send>;
type Sent = Box<dyn Future<Output = Result<(http::Response<WasiBody>, Done)>> + Send>;

impl WasiHttpHooks for Egress {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _received: Done,
    ) -> Sent {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let standard = if request.uri().scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
        let port = request.uri().port_u16().unwrap_or(standard);
        if !self.0.may_request(&host, port) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        Box::new(async move {
            let (response, connection) = default_send_request(request, options).await?;
            let body = response.map(|body| WasiBody::new(body));
            Ok((body, Box::new(connection) as Done))
        })
    }
}
