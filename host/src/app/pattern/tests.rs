//! What patterns are for, and what is none.

use super::*;

fn is_for(pattern: &str, host: &str, path: &str) -> bool {
    let pattern: Pattern = pattern.parse().unwrap();
    let (host, path) = (host.parse().unwrap(), RequestPath::http(path).unwrap());
    let Pattern::Http { path: own, .. } = &pattern else { panic!("{pattern:?}") };
    pattern.is_for_host(&host) && own.is_for(&path)
}

#[test]
fn a_path_is_for_itself_and_a_star_for_what_is_beneath() {
    for (pattern, yes, no) in [
        (
            "/api/*",
            &["/api", "/api/", "/api/x/y", "//api//x", "/%61pi/x"][..],
            &["/apix", "/", "/API"][..],
        ),
        ("/api/...", &["/api", "/api/x"], &["/apix"]),
        ("/api", &["/api", "//api", "/ap%69"], &["/api/", "/api/x"]),
        ("/api/", &["/api/", "/api//"], &["/api", "/api/x"]),
        ("/", &["/", "//"], &["/x"]),
        ("/*", &["/", "/x", "/x/y/", "//"], &[]),
        ("/a b", &["/a%20b"], &["/a+b"]),
        ("/a%20b", &["/a%20b"], &["/a%2520b"]),
        ("/a/b", &["/a/b"], &["/a%2Fb"]),
        ("/ä", &["/%C3%A4"], &["/%E4"]),
    ] {
        yes.iter().for_each(|path| assert!(is_for(pattern, "x", path), "{pattern} {path}"));
        no.iter().for_each(|path| assert!(!is_for(pattern, "x", path), "{pattern} {path}"));
    }
}

#[test]
fn a_host_is_for_itself_in_each_spelling_and_a_star_for_the_names_beneath() {
    for (pattern, yes, no) in [
        (
            "example.com/*",
            &["example.com", "EXAMPLE.com", "example.com.", "example.com:8080"][..],
            &["a.example.com", "xexample.com", "com"][..],
        ),
        ("Example.com:80/*", &["example.com:80"], &["example.com", "example.com:81"]),
        (
            "*.example.com/*",
            &["a.example.com", "a.b.example.com:1"],
            &["example.com", "xexample.com"],
        ),
        ("bücher.example/*", &["xn--bcher-kva.example"], &["bucher.example"]),
        ("[::1]/*", &["[::1]", "[0:0::1]:80"], &["[::2]"]),
        ("127.0.0.1:80/*", &["127.0.0.1:80"], &["127.0.0.1"]),
    ] {
        yes.iter().for_each(|host| assert!(is_for(pattern, host, "/"), "{pattern} {host}"));
        no.iter().for_each(|host| assert!(!is_for(pattern, host, "/"), "{pattern} {host}"));
    }
    for host in ["", "a b", "a:b", "a:99999", "[::1", "a/b", ":80", "a@b", "::1"] {
        assert!(host.parse::<HostName>().is_err(), "{host:?}");
    }
}

#[test]
fn paths_that_could_mean_something_else_are_refused() {
    for (path, why) in [
        ("/a/../b", BadPath::Dots),
        ("/a/%2e%2E/b", BadPath::Dots),
        ("/.", BadPath::Dots),
        ("/a/%2e", BadPath::Dots),
        ("/a%2f..%2fb", BadPath::Dots),
        ("/..%5cb", BadPath::Dots),
        ("/a%00b", BadPath::Zero),
        ("/%", BadPath::Encoding),
        ("/%4", BadPath::Encoding),
        ("/%zz", BadPath::Encoding),
        ("/%+1", BadPath::Encoding),
        ("a", BadPath::Relative),
        ("", BadPath::Relative),
        ("*", BadPath::Relative),
    ] {
        assert_eq!(RequestPath::http(path), Err(why), "{path}");
    }
    for fine in ["/...", "/a..b", "/.well-known/x", "/%252e%252e/x", "/a%2fb"] {
        RequestPath::http(fine).unwrap();
    }
}

#[test]
fn a_selector_is_taken_as_it_is() {
    let is_for = |pattern: &str, selector: &str| {
        let Pattern::Gopher(own) = pattern.parse().unwrap() else { panic!("{pattern}") };
        own.is_for(&RequestPath::gopher(selector.as_bytes()).unwrap())
    };
    assert!(is_for("gopher:", "") && is_for("gopher:/", "/") && is_for("gopher:/*", "time"));
    assert!(is_for("gopher:/time", "/time") && is_for("gopher:/time", "time"));
    assert!(is_for("gopher:/a%20b", "/a%20b") && !is_for("gopher:/a%20b", "/a b"));
    assert_eq!(RequestPath::gopher(b"../x"), Err(BadPath::Dots));
    assert_eq!(RequestPath::gopher(b"x/y").unwrap().end_of(1), 1);
}

#[test]
fn the_more_specific_one_ranks_higher() {
    let ordered = [
        "/*",
        "/a/*",
        "/a",
        "/a/b/*",
        "*.example.com/*",
        "*.example.com/x",
        "*.a.example.com/*",
        "example.com/*",
        "example.com/a",
        "example.com:80/*",
    ];
    for pair in ordered.windows(2) {
        let rank = |text: &str| text.parse::<Pattern>().unwrap().rank();
        assert!(rank(pair[0]) < rank(pair[1]), "{pair:?}");
    }
}

#[test]
fn what_is_no_route_is_told_with_the_reason() {
    for (text, why) in [
        ("http://x/y", "leave `http://` out"),
        ("api", "it has no path"),
        ("", "it has no path"),
        ("/a/*/b", "stands only at the end"),
        ("/a*", "stands only at the end"),
        ("/a?b", "no query"),
        ("a b/*", "is no host"),
        ("a.*.b/*", "only at the beginning"),
        ("*.127.0.0.1/*", "no names beneath"),
        ("x:y/*", "is no port"),
        ("/../x", "no parts `.` and `..`"),
        ("/100%", "`%25`"),
        ("tcp:http", "`tcp:PORT`"),
        ("gopher://x/", "without a host"),
    ] {
        let error = text.parse::<Pattern>().unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn the_parts_of_a_path_are_found_in_what_was_written() {
    let path = RequestPath::http("//cgi%2Dbin//x/y").unwrap();
    assert_eq!(path.parts, [b"cgi-bin".to_vec(), b"x".to_vec(), b"y".to_vec()]);
    assert_eq!((path.end_of(0), path.end_of(1), path.end_of(2)), (0, 11, 14));
}
