//! HTTPS, with a certificate that is made here.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use support::places::{file, scratch};
use support::run::{Ended, built, forebay, wat};

use crate::{Reply, Server};

/// Asks over TLS, and says what was agreed on besides.
fn ask(server: &Server, root: &rcgen::Certificate, two: bool) -> (Option<Vec<u8>>, String) {
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let known: &[&[u8]] = if two { &[b"h2", b"http/1.1"] } else { &[] };
    config.alpn_protocols = known.iter().map(|name| name.to_vec()).collect();

    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, server.connect());
    stream.conn.complete_io(&mut stream.sock).unwrap();
    let agreed = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
    if two {
        return (agreed, String::new());
    }
    let head = "GET /request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    // Without a last word of TLS it would be an error.
    stream.read_to_string(&mut text).unwrap();
    (agreed, text)
}

#[test]
fn a_secured_listener_agrees_on_http_2_and_tells_guests_the_scheme() {
    let Some(program) = built("rust/answers") else { return };
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let folder = scratch();
    let certificate = file(&folder, "cert.pem", made.cert.pem().as_bytes());
    let key = file(&folder, "key.pem", made.signing_key.serialize_pem().as_bytes());
    let flags = ["--tls-cert", &*certificate, "--tls-key", &*key, "--head-timeout", "2s"];
    let server = Server::start(&flags, program);
    assert!(server.said().contains("listening on https://127.0.0.1:"), "{}", server.said());

    assert_eq!(ask(&server, &made.cert, true).0.as_deref(), Some(&b"h2"[..]));
    let (agreed, text) = ask(&server, &made.cert, false);
    assert_eq!(agreed, None);
    let reply = Reply::read(&text);
    assert!(reply.body.starts_with("GET Scheme::Https localhost /request\n"), "{reply:?}");

    // One that never shakes hands is closed, and keeps nobody from it.
    let mut silent = server.connect();
    assert!(ask(&server, &made.cert, false).1.starts_with("HTTP/1.1 200 "));
    assert_eq!(crate::server::rest(&mut silent), "");

    // The certificate is read anew.
    let other = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    std::fs::write(&certificate, other.cert.pem()).unwrap();
    std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
    server.signal(libc::SIGHUP);
    server.hears("serving generation 2");
    assert!(ask(&server, &other.cert, false).1.starts_with("HTTP/1.1 200 "));
}

#[test]
fn files_that_are_no_certificate_are_refused() {
    let folder = scratch();
    let nothing = file(&folder, "nothing.pem", b"nothing");
    let serve = |certificate: &str| {
        let mut command = forebay();
        command.args(["serve", "--http", "127.0.0.1:0", "--tls-cert", certificate]);
        Ended::of(command.args(["--tls-key", &nothing]).arg(wat("upper")).output().unwrap())
    };
    serve(&nothing).fails(2, &["can't be used for TLS", "it holds no certificate"]);
    serve("no-such.pem").fails(127, &["cannot read `no-such.pem`"]);
}
