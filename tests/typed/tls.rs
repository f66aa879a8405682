//! `tls:` and `https:`, with an authority that only the user knows.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{answer, exchange};
use crate::run::{built, run};
use crate::scratch;

/// A server for `count` connections, and its certificate in PEM.
fn server<F>(count: usize, serve: F) -> (SocketAddr, String, JoinHandle<()>)
where
    F: Fn(&mut StreamOwned<ServerConnection, std::net::TcpStream>) + Send + 'static,
{
    let made =
        rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        for _ in 0..count {
            let (peer, _) = listener.accept().unwrap();
            let mut peer = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), peer);
            // A client that doesn't trust us leaves in the middle of the handshake.
            if peer.conn.complete_io(&mut peer.sock).is_ok() {
                serve(&mut peer);
                peer.conn.send_close_notify();
                let _ = peer.flush();
            }
        }
    });
    (address, made.cert.pem(), thread)
}

#[test]
fn an_unknown_authority_is_refused_and_one_that_the_user_names_is_believed() {
    let Some(wc) = built("rust/wc") else { return };
    let (address, pem, thread) = server(3, |peer| peer.write_all(b"secret words\n").unwrap());
    let folder = scratch();
    let authority = crate::file(&folder, "ca.pem", pem.as_bytes());
    let url = format!("tls://localhost:{}", address.port());
    run(&[], &wc, &[&url])
        .fails(125, &[&format!("cannot read `{url}`"), "isn't trusted", "--tls-ca FILE"]);
    run(&["--tls-ca", &authority], &wc, &[&url]).prints("{lines: 1, words: 2, bytes: 13}\n");
    let by_address = format!("tls://{address}");
    run(&["--tls-ca", &authority], &wc, &[&by_address]).prints("{lines: 1, words: 2, bytes: 13}\n");
    thread.join().unwrap();
}

#[test]
fn a_page_comes_over_tls() {
    let Some(upper) = built("rust/upper") else { return };
    let (address, pem, thread) = server(1, |peer| {
        let mut request = vec![0; 4096];
        let count = peer.read(&mut request).unwrap();
        exchange(&request[..count], peer, &answer("200 OK", "", "page"));
    });
    let folder = scratch();
    let authority = crate::file(&folder, "ca.pem", pem.as_bytes());
    run(&["--tls-ca", &authority], &upper, &[&format!("https://localhost:{}/", address.port())])
        .prints("PAGE");
    thread.join().unwrap();
}

#[test]
fn a_guests_own_requests_believe_the_same_authorities() {
    for guest in ["rust/probe", "rust/probe3"].into_iter().filter_map(built) {
        let (address, pem, thread) = server(2, |peer| {
            let mut request = vec![0; 4096];
            let count = peer.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..count]).to_lowercase();
            assert!(text.contains("\r\nhost: localhost:"), "{text}");
            exchange(&request[..count], peer, &answer("200 OK", "", "page"));
        });
        let folder = scratch();
        let authority = crate::file(&folder, "ca.pem", pem.as_bytes());
        let url = format!("https://localhost:{}/", address.port());
        let grant = ["--net", &format!("tcp://localhost:{}", address.port())];
        let ended = run(&grant, &guest, &["http", &url]);
        ended.fails(1, &["certificate", "warning: `https://localhost", "--tls-ca FILE"]);
        let ended = run(&[&grant[..], &["--tls-ca", &authority]].concat(), &guest, &["http", &url]);
        assert!(ended.code == Some(0) && ended.stdout.contains("page"), "{ended:?}");
        thread.join().unwrap();
    }
}

#[test]
fn a_file_without_certificates_is_a_usage_error() {
    let Some(wc) = built("rust/wc") else { return };
    let folder = scratch();
    let empty = crate::file(&folder, "ca.pem", b"nothing\n");
    run(&["--tls-ca", &empty], &wc, &["null:"])
        .fails(2, &["no certificates that can be used", "PEM"]);
    run(&["--tls-ca", "nowhere.pem"], &wc, &["null:"])
        .fails(127, &["cannot read the certificates in `nowhere.pem`"]);
}
