//! Paths of requests, as guests write them and as they are sent.

use http::Uri;
use http::uri::PathAndQuery;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p3;
use wasmtime_wasi_http::{Error, Result as Sent};

use crate::capability::Guarded;
use crate::capability::http::held::admit;

/// What the first line of a request to a server itself says: the path alone, from the root.
pub(super) fn target(uri: &Uri) -> Sent<Uri> {
    let text = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let rooted = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    rooted.parse().map_err(|_| Error::HttpRequestUriInvalid)
}

/// Takes a path without a slash in front, as `wasi:http@0.3.0` has it and wasmtime-wasi-http
/// doesn't: it's kept as one from the root, which is how it's sent, and given back as it was.
pub(super) fn define<T: Guarded>(linker: &mut Linker<T>, name: &str) -> wasmtime::Result<()> {
    let mut interface = linker.instance(name)?;
    interface.func_wrap(
        "[method]request.set-path-with-query",
        |mut store: StoreContextMut<'_, T>,
         (request, text): (Resource<p3::Request>, Option<String>)| {
            let data = store.data_mut();
            admit(data, 2 * text.as_ref().map_or(0, String::len))?;
            let rep = request.rep();
            let request = data.ctx().table.get_mut(&request)?;
            let Ok(path) = text.as_deref().map(from_root).transpose() else {
                return Ok((Err::<(), ()>(()),));
            };
            request.path_with_query = path;
            match text.filter(|text| !text.is_empty() && !text.starts_with('/')) {
                Some(text) => drop(data.relative_paths().insert(rep, text)),
                None => drop(data.relative_paths().remove(&rep)),
            }
            Ok((Ok(()),))
        },
    )?;
    interface.func_wrap(
        "[method]request.get-path-with-query",
        |mut store: StoreContextMut<'_, T>, (request,): (Resource<p3::Request>,)| {
            let data = store.data_mut();
            let given = data.relative_paths().get(&request.rep()).cloned();
            let path = data.ctx().table.get(&request)?.path_with_query.clone();
            // The number may have been another request's.
            let given = given.filter(|text| from_root(text).ok() == path);
            Ok((given.or_else(|| path.map(|path| path.as_str().to_owned())),))
        },
    )
}

/// A path and query from the root; text that a server could take for a URL or for `*` is none.
fn from_root(text: &str) -> Result<PathAndQuery, ()> {
    let first = text.split(['/', '?']).next().unwrap_or_default();
    let relative = !text.starts_with('/');
    if relative && (first.contains(':') || text == "*") {
        return Err(());
    }
    let rooted = if relative { format!("/{text}") } else { text.to_owned() };
    rooted.parse().map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_sent_from_the_root_and_is_never_another_host() {
        for (text, sent) in [
            ("/a?b", "/a?b"),
            ("a/b/c", "/a/b/c"),
            ("../..", "/../.."),
            ("?q", "/?q"),
            ("", "/"),
            ("//other/x", "//other/x"),
        ] {
            assert_eq!(from_root(text).unwrap().as_str(), sent);
        }
        let query: Uri = "http://a:1?q".parse().unwrap();
        assert_eq!(target(&query).unwrap().to_string(), "/?q");
        for text in ["http://other/", "*", "a b", "other:80", "a\r\nb"] {
            assert!(from_root(text).is_err(), "{text}");
        }
    }
}
