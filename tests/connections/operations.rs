//! What whoever runs a server sees: the access log, and what it counted.

use std::io::Write as _;
use std::net::TcpStream;

use support::places::{built, scratch};
use support::run::forebay;

use crate::server::{Server, read};

fn get(url: &str, path: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    read(stream)
}

#[test]
fn requests_are_counted_by_route_guest_and_status() {
    let Some(page) = built("c/page") else { return };
    let mut server = Server::start(&["--http", "127.0.0.1:0", "--admin", "127.0.0.1:0"], page);
    let admin = server.next_url();
    assert!(get(&server.url, "/x").starts_with("HTTP/1.1 200 "));
    assert!(get(&server.url, "/%2e%2e").starts_with("HTTP/1.1 400 "));
    for path in ["/healthz", "/readyz"] {
        assert!(get(&admin, path).ends_with("\r\n\r\nOK\n"), "{path}");
    }
    assert!(get(&admin, "/other").starts_with("HTTP/1.1 404 "));
    let metrics = get(&admin, "/metrics");
    for (class, count) in [("2xx", 1), ("4xx", 1)] {
        let line = metrics.lines().find(|line| line.contains(&format!("status=\"{class}\"")));
        let line = line.unwrap_or_else(|| panic!("{class}: {metrics}"));
        assert!(line.starts_with("forebay_requests_total{route=\"/*\",guest=\""), "{line}");
        assert!(line.ends_with(&format!(" {count}")), "{line}");
    }
    assert!(metrics.contains("# TYPE forebay_request_duration_seconds histogram"), "{metrics}");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn each_request_is_logged_and_the_file_is_opened_anew_by_a_signal() {
    let Some(page) = built("c/page") else { return };
    let folder = scratch();
    let (log, old) = (folder.path().join("log"), folder.path().join("old"));
    let flags = ["--http", "127.0.0.1:0", "--access-log", log.to_str().unwrap()];
    let mut server = Server::start(&flags, page);
    get(&server.url, "/first?a=b");
    let lines = |path: &std::path::Path| loop {
        // It's written soon after the reply.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') {
            return text;
        }
        std::thread::yield_now();
    };
    let line: serde_json::Value = serde_json::from_str(&lines(&log)).unwrap();
    assert_eq!((&line["target"], &line["status"]), (&"/first?a=b".into(), &200.into()));
    assert_eq!(
        (&line["id"], &line["route"], &line["method"]),
        (&"mine".into(), &"/*".into(), &"GET".into())
    );
    assert!(
        line["sent"].as_u64() > Some(100) && line["peer"].as_str().unwrap().starts_with("127."),
        "{line}"
    );

    std::fs::rename(&log, &old).unwrap();
    server.signal(libc::SIGHUP);
    assert!(server.said().contains("generation 2"));
    get(&server.url, "/second");
    assert!(lines(&log).contains("/second") && !lines(&old).contains("/second"));
    assert_eq!(server.end().0, Some(0));

    let Some(page) = built("c/page") else { return };
    let output =
        forebay().args(["serve", "--access-log", "/nowhere/log"]).arg(page).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(125) && said.contains("cannot write the log"), "{said}");
}
