//! Who can be served, and what guests see of a request.

use support::run::{Ended, built, forebay, wat};

use crate::Server;

#[test]
fn guests_of_both_generations_answer() {
    for guest in ["rust/answers", "rust/answers3"] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&[], program);
        server.get("/").is(200, "hello\n");
        server.get("/nowhere").is(404, "not found\n");
        let text = "some words\n".repeat(20_000);
        server.ask("POST", "/echo", &text).is(200, &text);
        // Each request has an instance of its own.
        server.get("/count").is(200, "1\n");
        server.get("/count").is(200, "1\n");
    }
}

#[test]
fn an_instance_is_asked_again_as_often_as_the_user_says() {
    for guest in ["rust/answers", "rust/answers3"] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&["--reuse", "3"], program);
        let counts: Vec<String> = (0..5).map(|_| server.get("/count").body).collect();
        assert_eq!(counts, ["1\n", "2\n", "3\n", "1\n", "2\n"], "{guest}");
        // One that failed isn't.
        assert_eq!(server.get("/trap").status, 500);
        server.get("/count").is(200, "1\n");
    }
}

#[test]
fn a_guest_sees_scheme_and_host_though_the_request_names_a_path() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&[], program);
    let reply = server.get("/request?a=b");
    assert!(reply.body.starts_with("GET Scheme::Http test /request?a=b\n"), "{reply:?}");

    let Some(program) = built("rust/answers3") else { return };
    let reply = Server::start(&[], program).get("/request?a=b");
    assert_eq!(reply.body, "Method::Get Some(Scheme::Http) test /request?a=b\n");
}

#[test]
fn a_head_alone_is_sent_when_nobody_asks_for_more() {
    for guest in ["rust/answers", "rust/answers3"] {
        let Some(program) = built(guest) else { return };
        let server = Server::start(&[], program);
        let text = server.raw("HEAD / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\n"), "{text}");
        assert!(!text.contains("hello"));
    }
}

#[test]
fn filters_and_commands_turn_bodies_into_replies() {
    let upper = Server::start(&["--content-type", "text/plain"], wat("upper"));
    let reply = upper.ask("POST", "/any/path", "some words");
    reply.is(200, "SOME WORDS");
    assert!(reply.head.contains("content-type: text/plain"), "{reply:?}");
    upper.ask("POST", "/", "").is(200, "");

    let hello = Server::start(&["--content-type", "text/plain"], wat("hello"));
    assert_eq!(hello.get("/").status, 200);
    if let Some(filter) = built("rust/upper") {
        Server::start(&[], filter).ask("POST", "/", "some words").is(200, "SOME WORDS");
    }
}

#[test]
fn what_happens_after_the_reply_is_not_cut_off() {
    let Some(program) = built("rust/answers") else { return };
    let server = Server::start(&[], program);
    server.get("/after").is(200, "begun\n");
    server.hears("after the reply");
}

#[test]
fn a_guest_has_what_it_is_granted_and_no_more() {
    let Some(program) = built("rust/answers") else { return };
    let none = Server::start(&[], &program);
    none.get("/directories").is(200, "\n");
    none.get("/look-up").is(200, "refused\n");
    let line = none.hears("denied:");
    assert!(line.contains("may not look up the name `example.com`"), "{line}");
    assert!(line.contains("allow it with --net 'tcp://example.com:*'"), "{line}");

    let granted = Server::start(&["--dir", "tests/guests::/in::ro"], &program);
    let before = granted.descriptors();
    granted.get("/directories").is(200, "/in\n");
    for _ in 0..20 {
        granted.get("/directories").is(200, "/in\n");
    }
    // The directory was opened once; only a connection may still be there.
    assert!(granted.descriptors() <= before + 2, "{} after {before}", granted.descriptors());
}

#[test]
fn middleware_stands_between_the_server_and_a_guest() {
    let (Some(relay), Some(guest)) = (built("rust/relay3"), built("rust/answers3")) else { return };
    let server = Server::start(&["--with", guest.to_str().unwrap()], &relay);
    let reply = server.get("/");
    reply.is(200, "hello\n");
    assert!(reply.head.contains("x-relayed: once"), "{reply:?}");
    server.ask("POST", "/echo", "some words").is(200, "some words");
    // What is cut behind it is cut on the wire.
    assert!(!server.get("/late-trap").whole);

    // By itself it lacks the next handler.
    let mut command = forebay();
    let alone = command.args(["serve", "--http", "127.0.0.1:0"]).arg(relay).output().unwrap();
    Ended::of(alone).fails(125, &["wasi:http/handler@0.3.0"]);
}

#[test]
fn what_cannot_be_served_is_said_at_the_start() {
    let serve = |words: &[&str]| Ended::of(forebay().arg("serve").args(words).output().unwrap());
    serve(&["--http", "127.0.0.1:0", "tests/guests/handler.wat"])
        .fails(125, &["`tests/guests/handler.wat` doesn't start", "type mismatch"]);
    serve(&["--http", "nonsense", "components/wat/upper.wat"])
        .fails(2, &["`nonsense` is no address to listen at", "HOST:PORT"]);
    serve(&["--http", "127.0.0.1:0", "no-such.wasm"]).fails(127, &["no-such.wasm"]);
    serve(&["--tls-cert", "x.pem", "components/wat/upper.wat"]).fails(2, &["--tls-key"]);

    let taken = Server::start(&[], wat("upper"));
    let place = taken.address.to_string();
    serve(&["--http", &place, "components/wat/upper.wat"])
        .fails(125, &[&format!("cannot listen at `{place}`"), "port 0"]);
}
