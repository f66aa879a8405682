//! What every request is held to before a guest sees it: one host, one length, and a URL that says
//! both host and scheme. Pure.

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, StatusCode, Uri, Version};

/// What is asked of a head.
pub(super) struct Rules {
    /// Whether the connection is secured.
    pub secure: bool,
    /// Bytes that all of it may have.
    pub head_size: usize,
    /// Bytes that the body may have.
    pub body_size: Option<u64>,
}

/// A request that isn't served, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub StatusCode, pub &'static str);

/// Makes sure of a request's head. Its URL is absolute then.
///
/// # Errors
/// What the peer is answered.
pub(super) fn normalise(head: &mut Parts, rules: &Rules) -> Result<(), Refused> {
    if size(head) > rules.head_size {
        return refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too large");
    }
    if head.method == Method::CONNECT {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "this is no proxy");
    }
    framing(head)?;
    if let (Some(length), Some(most)) = (length(&head.headers)?, rules.body_size)
        && length > most
    {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    }

    let authority = authority(head)?;
    let scheme = if rules.secure { Scheme::HTTPS } else { Scheme::HTTP };
    let path = head.uri.path_and_query().cloned();
    let mut uri = Uri::builder().scheme(scheme).authority(authority);
    uri = uri.path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    head.uri = uri.build().map_err(|_| Refused(StatusCode::BAD_REQUEST, "the URL is none"))?;
    Ok(())
}

fn refused<T>(status: StatusCode, why: &'static str) -> Result<T, Refused> {
    Err(Refused(status, why))
}

fn bad<T>(why: &'static str) -> Result<T, Refused> {
    refused(StatusCode::BAD_REQUEST, why)
}

/// What a head takes on the wire, about.
fn size(head: &Parts) -> usize {
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let path = head.uri.path_and_query().map_or(1, |path| path.as_str().len());
    head.method.as_str().len() + path + fields.sum::<usize>()
}

/// Where the body ends must be said once, or two servers could see two ends.
fn framing(head: &Parts) -> Result<(), Refused> {
    let (lengths, codings) = (&CONTENT_LENGTH, &TRANSFER_ENCODING);
    if head.headers.contains_key(codings) {
        if head.headers.contains_key(lengths) {
            return bad("it has both a length and a transfer coding");
        }
        if head.version != Version::HTTP_11 {
            return bad("only HTTP/1.1 has transfer codings");
        }
        let mut all = head.headers.get_all(codings).iter();
        let chunked = all.next().is_some_and(|one| one.as_bytes().eq_ignore_ascii_case(b"chunked"));
        if !chunked || all.next().is_some() {
            return refused(StatusCode::NOT_IMPLEMENTED, "the only transfer coding is `chunked`");
        }
    }
    Ok(())
}

/// The length that is said of the body.
fn length(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    let mut all = headers.get_all(CONTENT_LENGTH).iter();
    let Some(one) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return bad("it has several lengths");
    }
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = one.to_str().ok().filter(digits).and_then(|text| text.parse().ok());
    number.map(Some).ok_or(Refused(StatusCode::BAD_REQUEST, "the length is no number"))
}

/// The one host that a request is for.
fn authority(head: &Parts) -> Result<Authority, Refused> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return bad("it has several hosts");
    }
    let said = match host {
        Some(host) => {
            let parsed = host.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
            let Some(parsed) = parsed.filter(plain) else { return bad("the host is none") };
            Some(parsed)
        }
        None => None,
    };
    let of_url = head.uri.authority().cloned();
    match (of_url, said) {
        (Some(url), _) if !plain(&url) => bad("the host is none"),
        (Some(url), Some(said)) if !url.as_str().eq_ignore_ascii_case(said.as_str()) => {
            bad("the URL and the field name different hosts")
        }
        (None, None) if head.version == Version::HTTP_10 => Ok(Authority::from_static("localhost")),
        // HTTP/2 says it in `:authority`; HTTP/1.1 in the field, always.
        (Some(url), None) if head.version == Version::HTTP_2 => Ok(url),
        (_, None) => bad("it names no host"),
        (_, Some(said)) => Ok(said),
    }
}

/// Whether it's a host and perhaps a port, and says nothing of a user.
fn plain(authority: &Authority) -> bool {
    let text = authority.as_str();
    let port = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(_, rest)| rest.strip_prefix(':')),
        None => Some(text.split_once(':').map(|(_, port)| port)),
    };
    let number = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    !authority.host().is_empty()
        && !text.contains('@')
        && port.is_some_and(|port| port.is_none_or(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(version: Version, url: &str, fields: &[(&str, &str)]) -> Result<String, u16> {
        let mut request = Request::builder().version(version).uri(url);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let mut head = request.body(()).unwrap().into_parts().0;
        let rules = Rules { secure: false, head_size: 4096, body_size: Some(100) };
        normalise(&mut head, &rules).map_err(|refused| refused.0.as_u16())?;
        Ok(head.uri.to_string())
    }

    const ONE: Version = Version::HTTP_11;

    #[test]
    fn a_url_says_host_and_scheme() {
        let fine = |url, host| check(ONE, url, &[("host", host)]).unwrap();
        assert_eq!(fine("/a?b", "x:1"), "http://x:1/a?b");
        assert_eq!(fine("http://X/a", "x"), "http://x/a");
        assert_eq!(fine("/", "[::1]:80"), "http://[::1]:80/");
        assert_eq!(check(Version::HTTP_10, "/a", &[]).unwrap(), "http://localhost/a");
        assert_eq!(check(Version::HTTP_2, "http://x/a", &[]).unwrap(), "http://x/a");
    }

    #[test]
    fn a_request_for_two_hosts_or_none_is_refused() {
        for fields in [
            &[][..],
            &[("host", "a"), ("host", "a")],
            &[("host", "a"), ("host", "b")],
            &[("host", "")],
            &[("host", "a b")],
            &[("host", "u@a")],
            &[("host", "a:b")],
            &[("host", "a/b")],
            &[("host", "a,b:80:90")],
        ] {
            assert_eq!(check(ONE, "/", fields), Err(400), "{fields:?}");
        }
        assert_eq!(check(ONE, "http://a/", &[("host", "b")]), Err(400));
        assert_eq!(check(ONE, "http://a/", &[]), Err(400));
        assert_eq!(check(Version::HTTP_2, "http://a/", &[("host", "b")]), Err(400));
    }

    #[test]
    fn a_body_with_two_ends_is_refused() {
        let with = |fields: &[(&'static str, &'static str)]| {
            check(ONE, "/", &[&[("host", "a")], fields].concat())
        };
        assert_eq!(with(&[("content-length", "3"), ("transfer-encoding", "chunked")]), Err(400));
        assert_eq!(with(&[("content-length", "3"), ("content-length", "3")]), Err(400));
        assert_eq!(with(&[("content-length", "+3")]), Err(400));
        assert_eq!(with(&[("content-length", "")]), Err(400));
        assert_eq!(with(&[("transfer-encoding", "gzip, chunked")]), Err(501));
        assert_eq!(with(&[("content-length", "101")]), Err(413));
        assert!(with(&[("content-length", "100")]).is_ok());
        assert!(with(&[("transfer-encoding", "Chunked")]).is_ok());
        assert_eq!(
            check(Version::HTTP_10, "/", &[("host", "a"), ("transfer-encoding", "chunked")]),
            Err(400)
        );
    }

    #[test]
    fn a_head_over_its_size_is_refused() {
        let long = "x".repeat(4096);
        assert_eq!(check(ONE, "/", &[("host", "a"), ("x", &long)]), Err(431));
        assert_eq!(check(ONE, &format!("/{long}"), &[("host", "a")]), Err(431));
    }
}
