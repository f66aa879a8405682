//! What both forms of `forebay:stream` share: its errors, and what a guest opens by URL, under its
//! own grants. `stream02` and `stream03` make streams of WASI 0.2 and of the component model of it.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Lower, Resource};

use crate::capability::Guarded;
use crate::stream::{
    Authority, Connection, Failure, Kind, Listener, Location, Opener, Sink, Source,
};

/// `forebay:stream/errors.error`.
#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
pub(super) enum Error {
    #[component(name = "bad-url")]
    BadUrl(String),
    #[component(name = "unknown-scheme")]
    UnknownScheme(String),
    #[component(name = "denied")]
    Denied(String),
    #[component(name = "not-found")]
    NotFound,
    #[component(name = "refused")]
    Refused,
    #[component(name = "timed-out")]
    TimedOut,
    #[component(name = "closed")]
    Closed,
    #[component(name = "other")]
    Other(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure.kind {
            Kind::BadUrl => Error::BadUrl(failure.why),
            Kind::UnknownScheme => Error::UnknownScheme(failure.why),
            Kind::Denied => Error::Denied(failure.why),
            Kind::NotFound => Error::NotFound,
            Kind::Refused => Error::Refused,
            Kind::TimedOut => Error::TimedOut,
            Kind::Closed => Error::Closed,
            Kind::Other => Error::Other(failure.why),
        }
    }
}

/// Lets go of a connection that a guest drops.
pub(super) fn drop_connection<T: Guarded>(
    mut store: StoreContextMut<'_, T>,
    rep: u32,
) -> wasmtime::Result<()> {
    store.data_mut().ctx().table.delete(Resource::<Connection>::new_own(rep))?;
    Ok(())
}

/// What a guest's URL names.
fn location(url: &str) -> Result<Location, Error> {
    url.parse().map_err(|failure: Failure| failure.into())
}

/// Opens what a guest reads.
pub(super) async fn source(opener: &Opener, url: &str) -> Result<Source, Error> {
    Ok(opener.source(&location(url)?, Authority::Guest).await?)
}

/// Opens what a guest writes.
pub(super) async fn sink(opener: &Opener, url: &str) -> Result<Sink, Error> {
    Ok(opener.sink(&location(url)?, false, Authority::Guest).await?)
}

/// Connects a guest.
pub(super) async fn dial(opener: &Opener, url: &str) -> Result<Connection, Error> {
    Ok(opener.dial(&location(url)?, Authority::Guest).await?)
}

/// Has a guest listen.
pub(super) async fn listen(opener: &Opener, url: &str) -> Result<Listener, Error> {
    Ok(opener.listen(&location(url)?).await?)
}
