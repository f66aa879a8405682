//! What is counted and logged of a request, from its head to the end of its reply.

use std::sync::Arc;

use http::header::{HOST, HeaderName, REFERER, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Version};
use jiff::Timestamp;

use crate::serve::accesslog::{AccessLog, Entry};
use crate::serve::http::asker::Asker;
use crate::serve::metrics::Answering;
use crate::serve::trace::{TraceParent, request_id};

/// A request that is counted, and logged when this is dropped.
pub(super) struct Told {
    answering: Answering,
    log: Option<(AccessLog, Box<Entry>)>,
    sent: u64,
}

/// What is logged of a request's head; nothing if there is no log.
pub(super) fn entry(asker: &Asker, head: &Parts) -> Option<(AccessLog, Box<Entry>)> {
    let log = asker.shared.log.clone()?;
    let field = |name: &HeaderName| text(&head.headers, name);
    let trace = text(&head.headers, &HeaderName::from_static("traceparent"));
    let id = text(&head.headers, &HeaderName::from_static("x-request-id"));
    let entry = Entry {
        time: Timestamp::now(),
        id: request_id(id.as_deref()),
        trace: trace.and_then(|text| text.parse().ok()).map(TraceParent::trace),
        peer: asker.peer.address.parse().ok(),
        protocol: match head.version {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            _ => "HTTP/1.1",
        },
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string),
        host: field(&HOST).or_else(|| head.uri.authority().map(ToString::to_string)),
        status: None,
        received: 0,
        sent: 0,
        seconds: 0.0,
        route: None,
        guest: None,
        error: None,
        referer: field(&REFERER),
        agent: field(&USER_AGENT),
    };
    Some((log, Box::new(entry)))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl Told {
    /// A request of a route and a guest, whose reply has this status.
    pub fn new(
        mut answering: Answering,
        log: Option<(AccessLog, Box<Entry>)>,
        (by, status): (Option<&Arc<(String, String)>>, u16),
    ) -> Told {
        answering.answered(status);
        let log = log.map(|(log, mut entry)| {
            entry.status = Some(status);
            entry.route = by.map(|by| by.0.clone());
            entry.guest = by.map(|by| by.1.clone());
            (log, entry)
        });
        Told { answering, log, sent: 0 }
    }

    /// Bytes of the reply were sent.
    pub fn sent(&mut self, bytes: u64) {
        self.answering.sent(bytes);
        self.sent += bytes;
    }

    /// The reply was broken off.
    pub fn cut(&mut self, why: &str) {
        if let Some((_, entry)) = &mut self.log {
            entry.error = Some(why.to_owned());
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if let Some((log, mut entry)) = self.log.take() {
            (entry.sent, entry.seconds) = (self.sent, self.answering.elapsed().as_secs_f64());
            log.write(&entry);
        }
    }
}
