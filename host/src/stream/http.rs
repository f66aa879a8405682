//! `http:` and `https:`: GET to read; PUT, or POST by `http+post:`, to write.

mod client;

use std::fmt;
use std::sync::Arc;

use http::Method;
use url::Url;

use crate::stream::endpoint::parse;
use crate::stream::failure::Failure;
use crate::stream::open_context::{Authority, OpenContext};
use crate::stream::scheme::{
    AnyReader, AnyWriter, Direction, HostPlace, Opening, Scheme, Target, Text, bad, decoded,
};

use self::client::Client;

/// The scheme.
pub(super) struct Http;

/// A page.
#[derive(Debug)]
struct Page {
    /// The address, with the plain scheme and without credentials.
    url: Url,
    /// `USER:PASSWORD`, decoded.
    credentials: Option<String>,
    /// Whether it's written by POST.
    post: bool,
}

impl Scheme for Http {
    fn names(&self) -> &'static [&'static str] {
        &["http", "https", "http+post", "https+post"]
    }

    fn read(&self, text: Text<'_>) -> Result<Arc<dyn Target>, Failure> {
        let (plain, post) = match text.scheme.strip_suffix("+post") {
            Some(plain) => (plain, true),
            None => (text.scheme, false),
        };
        let mut url = parse(&format!("{plain}:{}", text.rest))?;
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                Some(format!("{}:{}", decoded(user)?, decoded(password.unwrap_or_default())?))
            }
        };

        url.set_username("")
            .and_then(|()| url.set_password(None))
            .map_err(|()| bad("it names no host"))?;
        url.set_fragment(None);
        Ok(Arc::new(Page { url, credentials, post }))
    }
}

impl Page {
    fn client<'a>(&self, context: &'a OpenContext, authority: Authority) -> Client<'a> {
        let named = authority == Authority::User;
        Client { roots: &context.roots, guard: &context.guard, named }
    }
}

impl Target for Page {
    fn scheme(&self) -> &'static str {
        match (self.url.scheme() == "https", self.post) {
            (false, false) => "http",
            (true, false) => "https",
            (false, true) => "http+post",
            (true, true) => "https+post",
        }
    }

    fn size(&self) -> usize {
        self.url.as_str().len() + self.credentials.as_deref().map_or(0, str::len)
    }

    fn only(&self) -> Option<Direction> {
        self.post.then_some(Direction::Sink)
    }

    fn is_finished_late(&self) -> bool {
        true
    }

    /// A redirect may lead from one to the other.
    fn host_place(&self) -> HostPlace<'_> {
        HostPlace::Ports([80, 443].into_iter().chain(self.url.port()).collect())
    }

    fn source<'a>(
        &'a self,
        context: &'a OpenContext,
        authority: Authority,
    ) -> Opening<'a, AnyReader> {
        Box::pin(async move {
            self.client(context, authority).get(&self.url, self.credentials.as_deref()).await
        })
    }

    fn sink<'a>(
        &'a self,
        _: bool,
        context: &'a OpenContext,
        authority: Authority,
    ) -> Opening<'a, AnyWriter> {
        Box::pin(async move {
            let method = if self.post { Method::POST } else { Method::PUT };
            let client = self.client(context, authority);
            client.put(&self.url, self.credentials.as_deref(), method).await
        })
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query often holds a token.
        if self.url.query().is_some() {
            let mut shown = self.url.clone();
            shown.set_query(None);
            return write!(f, "{shown}?…");
        }
        write!(f, "{}", self.url)
    }
}
