//! Which guest a plain connection is for, and how it's used.

use std::sync::Arc;

use crate::app::PerLine;
use crate::serve::plain::environment::Ends;
use crate::serve::service::Service;
use crate::serve::shared::Shared;
use crate::serve::site::{Answerer, Site};

/// What a connection is for a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Use {
    /// A stream from one end to the other.
    Whole,
    /// Lines.
    Lines(PerLine),
    /// A selector, and what is behind it.
    Gopher,
}

/// How a connection is used, by its route if there are some; `None` if none is for it.
pub(super) fn way(shared: &Shared, ends: &Ends, how: Use) -> Option<Use> {
    match at(&shared.current.get().site, ends) {
        Answerer::Main => Some(how),
        Answerer::Guest(_, _, guest, _) => Some(guest.per_line.map_or(Use::Whole, Use::Lines)),
        Answerer::Files(..) | Answerer::Nobody => None,
    }
}

fn at<'a>(site: &'a Site, ends: &Ends) -> Answerer<'a> {
    match ends {
        Ends::Tcp(_, local) => site.plain(Some(local.port()), ""),
        Ends::Unix(path) => site.plain(None, path),
    }
}

/// The guest that a connection is for.
pub(super) fn service(shared: &Shared, ends: &Ends) -> Option<Arc<Service>> {
    let current = shared.current.get();
    match at(&current.site, ends) {
        Answerer::Main => Some(current.service.clone()),
        Answerer::Guest(service, ..) => Some(service),
        Answerer::Files(..) | Answerer::Nobody => None,
    }
}
