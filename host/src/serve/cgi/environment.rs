//! What a CGI program is told of a request: variables, as RFC 3875 and Wagi name them, and words.

use std::net::SocketAddr;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

use crate::app::RequestPath;

/// Headers that no program sees: one holds credentials, one is of the connection, and what the last
/// would be called (`HTTP_PROXY`) is where programs look for their proxy.
const KEPT: [&str; 3] = ["authorization", "connection", "proxy"];

/// What is there instead of a header that is no text, as in Wagi.
const CORRUPT: &str = "CORRUPT VALUE";

/// A request, as far as a program is told of it.
#[derive(Clone, Debug)]
pub struct CgiRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The version of HTTP.
    pub version: Version,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host that was asked for, as the client wrote it, without a port.
    pub host: &'a str,
    /// The port that was asked for.
    pub port: u16,
    /// The path, as the client wrote it.
    pub raw_path: &'a str,
    /// The same, in parts.
    pub path: &'a RequestPath,
    /// The query, if there is one.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The route that was taken, as it's written.
    pub route: &'a str,
    /// How many parts of the path the route names.
    pub named: usize,
    /// How long the body is; `None` if that isn't known before its end.
    pub length: Option<u64>,
    /// Who asks; `None` over a Unix socket.
    pub peer: Option<SocketAddr>,
}

/// The variables of a request. They stand after those of the user, whose values they replace.
pub fn environment(request: &CgiRequest<'_>, user: &[(String, String)]) -> Vec<(String, String)> {
    let mut variables = headers(request.headers);
    variables.extend(fields(request).into_iter().map(|(name, value)| (name.to_owned(), value)));

    let replaced = |name: &str| variables.iter().any(|(own, _)| own == name);
    let kept = user.iter().filter(|(name, _)| !replaced(name)).cloned();
    let mut all: Vec<_> = kept.collect();
    all.append(&mut variables);
    all
}

fn fields(request: &CgiRequest<'_>) -> Vec<(&'static str, String)> {
    let CgiRequest { raw_path, path, query, headers, named, .. } = *request;
    // A route names no more parts than the path has.
    let (script, raw_info) = raw_path.split_at(path.end_of(named));
    let info = percent_encoding::percent_decode_str(raw_info).decode_utf8_lossy().replace('\0', "");
    let query_or = |mark: &str| query.map(|query| format!("{mark}{query}")).unwrap_or_default();
    let authority = match (request.scheme, request.port) {
        ("http", 80) | ("https", 443) => request.host.to_owned(),
        (_, port) => format!("{}:{port}", request.host),
    };
    let peer = request.peer.map(|peer| peer.ip().to_canonical().to_string()).unwrap_or_default();

    let mut fields = vec![
        ("X_MATCHED_ROUTE", request.route.to_owned()),
        ("X_FULL_URL", format!("{}://{authority}{raw_path}{}", request.scheme, query_or("?"))),
        ("X_RAW_PATH_INFO", raw_info.to_owned()),
        ("PATH_TRANSLATED", info.clone()),
        ("PATH_INFO", info),
        ("SCRIPT_NAME", decoded(script)),
        ("REQUEST_URI", format!("{raw_path}{}", query_or("?"))),
        ("QUERY_STRING", query_or("")),
        ("REQUEST_METHOD", request.method.to_string()),
        ("GATEWAY_INTERFACE", "CGI/1.1".into()),
        ("SERVER_SOFTWARE", "WAGI/1".into()),
        ("SERVER_PROTOCOL", format!("{:?}", request.version)),
        ("SERVER_NAME", request.host.to_owned()),
        ("SERVER_PORT", request.port.to_string()),
        ("REMOTE_HOST", peer.clone()),
        ("REMOTE_ADDR", peer),
        ("AUTH_TYPE", String::new()),
        ("REMOTE_USER", String::new()),
        ("CONTENT_TYPE", headers.get(CONTENT_TYPE).map(text).unwrap_or_default()),
    ];
    fields.extend(request.peer.map(|peer| ("REMOTE_PORT", peer.port().to_string())));
    fields.extend(request.length.map(|length| ("CONTENT_LENGTH", length.to_string())));
    fields.extend((request.scheme == "https").then(|| ("HTTPS", "on".into())));
    fields
}

fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().replace('\0', "")
}

/// A variable for each header. One with an underscore could be taken for another with a hyphen, so
/// there is none for that.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let told = |name: &&HeaderName| !KEPT.contains(&name.as_str()) && !name.as_str().contains('_');
    let variable = |name: &HeaderName| {
        let between = if name == COOKIE { "; " } else { ", " };
        // A length that was sent twice was the same twice.
        let most = if name == CONTENT_LENGTH { 1 } else { usize::MAX };
        let values: Vec<String> = headers.get_all(name).iter().take(most).map(text).collect();
        let name = name.as_str().to_ascii_uppercase().replace('-', "_");
        (format!("HTTP_{name}"), values.join(between))
    };
    headers.keys().filter(told).map(variable).collect()
}

fn text(value: &HeaderValue) -> String {
    value.to_str().unwrap_or(CORRUPT).to_owned()
}

/// The words that a program is run with: its path and the parts of the query, or what a template
/// says, in which `${SCRIPT_NAME}` and `${ARGS}` stand for these.
pub fn arguments(request: &CgiRequest<'_>, template: Option<&str>) -> Vec<String> {
    let script = request.raw_path.to_owned();
    let query = request.query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    let Some(template) = template else {
        return std::iter::once(script).chain(query.map(str::to_owned)).collect();
    };

    let mut words = Vec::new();
    for word in template.split_whitespace() {
        match word {
            // Each of them is a word of its own, whatever is in it.
            "${ARGS}" => words.extend(query.clone().map(str::to_owned)),
            word => {
                let joined = query.clone().collect::<Vec<_>>().join(" ");
                // The client's text is put in last, and not looked at again.
                let parts: Vec<String> = word
                    .split("${ARGS}")
                    .map(|part| part.replace("${SCRIPT_NAME}", &script))
                    .collect();
                words.push(parts.join(&joined));
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables of a request for `target`, which took the route `/cgi-bin/*`.
    fn variables(
        target: &str,
        sent: &[(&str, &[u8])],
        user: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let (raw_path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let path = RequestPath::http(raw_path).unwrap();
        let request = CgiRequest {
            method: &Method::POST,
            version: Version::HTTP_11,
            scheme: "http",
            host: "example.com",
            port: 8080,
            raw_path,
            path: &path,
            query,
            headers: &headers,
            route: "/cgi-bin/*",
            named: 1,
            length: Some(3),
            peer: Some("192.0.2.1:5".parse().unwrap()),
        };
        let user: Vec<_> = user.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        environment(&request, &user)
    }

    fn get<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
        let mut found = variables.iter().filter(|(own, _)| own == name);
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        first
    }

    #[test]
    fn a_program_is_told_what_was_asked() {
        let sent: &[(&str, &[u8])] = &[
            ("content-type", b"text/plain"),
            ("x-a", b"1"),
            ("X-A", b"2"),
            ("cookie", b"a=1"),
            ("cookie", b"b=2"),
            ("x-b", b"\xff"),
        ];
        let all = variables("/cgi-bin/a%20b/%C3%A4?x=1&y", sent, &[("MODE", "prod")]);
        for (name, value) in [
            ("X_MATCHED_ROUTE", "/cgi-bin/*"),
            ("X_FULL_URL", "http://example.com:8080/cgi-bin/a%20b/%C3%A4?x=1&y"),
            ("SCRIPT_NAME", "/cgi-bin"),
            ("PATH_INFO", "/a b/ä"),
            ("PATH_TRANSLATED", "/a b/ä"),
            ("X_RAW_PATH_INFO", "/a%20b/%C3%A4"),
            ("QUERY_STRING", "x=1&y"),
            ("REQUEST_METHOD", "POST"),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("SERVER_PORT", "8080"),
            ("REMOTE_ADDR", "192.0.2.1"),
            ("CONTENT_TYPE", "text/plain"),
            ("CONTENT_LENGTH", "3"),
            ("HTTP_X_A", "1, 2"),
            ("HTTP_COOKIE", "a=1; b=2"),
            ("HTTP_X_B", "CORRUPT VALUE"),
            ("HTTP_CONTENT_TYPE", "text/plain"),
            ("MODE", "prod"),
        ] {
            assert_eq!(get(&all, name), Some(value), "{name}");
        }
        assert_eq!(get(&all, "HTTPS"), None);
        assert_eq!(get(&variables("/cgi-bin", &[], &[]), "CONTENT_TYPE"), Some(""));
    }

    #[test]
    fn a_client_sets_no_variable_but_those_of_its_headers() {
        let sent: &[(&str, &[u8])] = &[
            ("proxy", b"http://evil"),
            ("Authorization", b"Basic eDp5"),
            ("connection", b"close"),
            ("x_real_ip", b"127.0.0.1"),
        ];
        let user = [("HTTP_PROXY", "http://own"), ("REQUEST_METHOD", "NONE"), ("A", "b")];
        let all = variables("/cgi-bin/x", sent, &user);
        // What the user says of the proxy stays.
        assert_eq!(get(&all, "HTTP_PROXY"), Some("http://own"));
        assert_eq!(get(&all, "REQUEST_METHOD"), Some("POST"));
        assert!(get(&all, "HTTP_AUTHORIZATION").is_none() && get(&all, "HTTP_X_REAL_IP").is_none());
        assert!(all.iter().all(|(_, value)| !value.contains('\0') && !value.contains("evil")));
    }

    #[test]
    fn the_query_becomes_words() {
        let headers = HeaderMap::new();
        let path = RequestPath::http("/x").unwrap();
        let words = |query: &str, template: Option<&str>| {
            let request = CgiRequest {
                method: &Method::GET,
                version: Version::HTTP_10,
                scheme: "http",
                host: "h",
                port: 80,
                raw_path: "/x",
                path: &path,
                query: Some(query),
                headers: &headers,
                route: "/x",
                named: 1,
                length: None,
                peer: None,
            };
            arguments(&request, template)
        };
        assert_eq!(words("a=1&b&&c%20d", None), ["/x", "a=1", "b", "c%20d"]);
        assert_eq!(words("", None), ["/x"]);
        assert_eq!(
            words("a&b c", Some("run  ${ARGS} ${SCRIPT_NAME} z")),
            ["run", "a", "b c", "/x", "z"]
        );
        assert_eq!(words("a&b", Some("-q=${ARGS}")), ["-q=a b"]);
        assert_eq!(
            words("${SCRIPT_NAME}", Some("${ARGS} -${ARGS}")),
            ["${SCRIPT_NAME}", "-${SCRIPT_NAME}"]
        );
    }
}
