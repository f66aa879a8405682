//! Peers on loopback as streams and connections: TCP and Unix sockets, ends that are no good.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::run::{built, run};
use crate::{call, scratch};

/// A peer that is sent nothing and says `text`; then the connection is closed, or reset.
fn speaker(text: &[u8], reset: bool) -> (SocketAddr, JoinHandle<()>) {
    let text = text.to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(&text).unwrap();
        if reset {
            let socket = socket2::SockRef::from(&peer);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
        }
    });
    (address, thread)
}

#[test]
fn a_peer_is_read_to_its_end() {
    let Some(wc) = built("rust/wc") else { return };
    let (address, peer) = speaker(b"one two\nthree\n", false);
    run(&[], &wc, &[&format!("tcp://{address}")]).prints("{lines: 2, words: 3, bytes: 14}\n");
    peer.join().unwrap();
    let folder = scratch();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let peer = thread::spawn(move || listener.accept().unwrap().0.write_all(b"hi\n").unwrap());
    run(&[], &wc, &[&format!("unix:{}", path.display())])
        .prints("{lines: 1, words: 1, bytes: 3}\n");
    peer.join().unwrap();
}

#[test]
fn a_result_is_sent_to_a_peer() {
    let Some(upper) = built("rust/upper") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = thread::spawn(move || {
        let mut got = String::new();
        listener.accept().unwrap().0.read_to_string(&mut got).unwrap();
        got
    });
    run(&[], &upper, &["data:,text", "-o", &format!("tcp://{address}")]).prints("");
    assert_eq!(peer.join().unwrap(), "TEXT");
}

#[test]
fn a_connection_is_handed_over_whole_and_half_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut question = String::new();
        peer.read_to_string(&mut question).unwrap();
        peer.write_all(format!("{question}? yes").as_bytes()).unwrap();
    });
    let Some(ended) = call(&[], "rust/typed", &["ask", &format!("tcp://{address}"), "ready"])
    else {
        return;
    };
    ended.prints("ready? yes\n");
    peer.join().unwrap();
}

#[test]
fn nobody_there_is_said_with_the_url() {
    let Some(wc) = built("rust/wc") else { return };
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("tcp://{address}");
    run(&[], &wc, &[&url])
        .fails(125, &[&format!("cannot read `{url}`"), "refused", "parameter `input`"]);
    run(&[], &wc, &["unix:/nowhere/x"])
        .fails(127, &["cannot read `unix:/nowhere/x`", "isn't there"]);
    run(&[], &wc, &["tcp://host.invalid:1"]).fails(127, &["no host `host.invalid`"]);
}

#[test]
fn a_reset_reaches_the_guest_and_the_user() {
    let Some(wc) = built("rust/wc") else { return };
    // More than the sockets' buffers hold, so that the guest is reading when it happens.
    let text = vec![b'x'; 32 << 20];
    let (address, peer) = speaker(&text, true);
    run(&[], &wc, &[&format!("tcp://{address}")])
        .fails(1, &[&format!("cannot read `tcp://{address}`"), "reset"]);
    peer.join().unwrap();
    // A guest that reads a plain `stream<u8>` can't tell; the run fails all the same.
    let (address, peer) = speaker(&text, true);
    let Some(ended) = call(&[], "rust/typed3", &["length", &format!("tcp://{address}")]) else {
        return;
    };
    ended.fails(125, &[&format!("cannot read `tcp://{address}`"), "reset"]);
    peer.join().unwrap();
}
