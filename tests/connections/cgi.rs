//! Commands over HTTP, by CGI as Wagi has it.

use std::io::Write as _;

use support::run::built;

use crate::server::{Server, read};

/// Sends a request, and gives the whole reply.
fn ask(server: &Server, head: &str, body: &str) -> String {
    let mut stream = server.connect();
    write!(stream, "{head}\r\nHost: example.com:99\r\nConnection: close\r\n\r\n{body}").unwrap();
    read(stream)
}

#[test]
fn a_command_is_told_what_was_asked_and_writes_head_and_body() {
    let Some(page) = built("c/page") else { return };
    let server = Server::start(&["--http", "127.0.0.1:0", "--env", "SERVER_NAME=own"], page);
    let head = "POST /a%20b/c?x=1&y HTTP/1.1\r\nContent-Length: 4\r\nProxy: evil\r\n\
                Authorization: Basic eDp5\r\nCookie: k=v";
    let reply = ask(&server, head, "BODY");
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    for line in [
        "set-cookie: a=1",
        "set-cookie: b=2",
        "content-type: text/plain",
        "argv /a%20b/c",
        "argv x=1",
        "argv y",
        "REQUEST_METHOD POST",
        "PATH_INFO /a b/c",
        "QUERY_STRING x=1&y",
        "CONTENT_LENGTH 4",
        "REMOTE_ADDR 127.0.0.1",
        "SERVER_NAME example.com",
        "SERVER_PORT 99",
        "HTTP_PROXY (none)",
        "HTTP_AUTHORIZATION (none)",
        "HTTP_COOKIE k=v",
        "BODY",
    ] {
        assert!(reply.lines().any(|own| own.trim_end() == line), "{line}:\n{reply}");
    }
    assert!(ask(&server, "GET /%2e%2e/x HTTP/1.1", "").starts_with("HTTP/1.1 400 "));
}

#[test]
fn what_is_no_reply_of_cgi_is_500_and_with_a_type_all_of_it_is_the_body() {
    let Some(cat) = built("c/cat") else { return };
    let post = "POST / HTTP/1.1\r\nContent-Length: 4";
    let mut server = Server::start(&["--http", "127.0.0.1:0"], &cat);
    assert!(ask(&server, post, "BODY").starts_with("HTTP/1.1 500 "));
    assert!(server.said().contains("ended before a blank line"));
    let long = format!("POST / HTTP/1.1\r\nContent-Length: {}", 100_000);
    assert!(ask(&server, &long, &"x".repeat(100_000)).starts_with("HTTP/1.1 500 "));
    assert!(server.said().contains("the head has over"));
    let status = "Status: 404 None\nX: y\n\nz";
    let post_status = format!("POST / HTTP/1.1\r\nContent-Length: {}", status.len());
    let reply = ask(&server, &post_status, status);
    assert!(reply.starts_with("HTTP/1.1 404 ") && reply.contains("\r\nx: y\r\n"), "{reply}");

    let typed = ["--http", "127.0.0.1:0", "--content-type", "text/x"];
    let server = Server::start(&typed, &cat);
    let reply = ask(&server, post, "BODY");
    assert!(reply.contains("content-type: text/x\r\n") && reply.contains("BODY"), "{reply}");
}
