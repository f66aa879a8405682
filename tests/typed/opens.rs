//! Guests that open by URL themselves: under their grants, with the reason when they may not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;

use crate::run::{built, forebay};
use crate::{call, file, scratch};

/// Both instruments, and how they call the function.
const READERS: &[(&str, &str)] = &[("rust/typed", "opens.read"), ("rust/typed3", "read")];

#[test]
fn a_file_is_read_in_a_granted_directory_only() {
    let folder = scratch();
    let path = file(&folder, "f", b"text");
    let outside = file(&scratch(), "g", b"secret");
    let top = folder.path().to_str().unwrap();
    for (guest, read) in READERS {
        let Some(ended) = call(&["--dir", top], guest, &[read, &path]) else { return };
        ended.prints("text\n");
        let mapped = format!("{top}::/data::ro");
        let Some(ended) = call(&["--dir", &mapped], guest, &[read, "file:///data/f"]) else {
            return;
        };
        ended.prints("text\n");
        let Some(ended) = call(&[], guest, &[read, &path]) else { return };
        ended.fails(1, &["may not read", &format!("--dir {top}::{top}::ro")]);
        let escape =
            format!("{top}/../{}", outside.rsplit_once('/').unwrap().0.rsplit_once('/').unwrap().1);
        let Some(ended) = call(&["--dir", top], guest, &[read, &format!("{escape}/g")]) else {
            return;
        };
        ended.fails(1, &["may not read"]);
        assert!(!ended.stdout.contains("secret"));
        let Some(ended) = call(&["--dir", top], guest, &[read, &format!("{top}/none")]) else {
            return;
        };
        assert!(
            ended.code == Some(1)
                && ended.stderr.to_lowercase().replace('-', "").contains("notfound"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_link_does_not_lead_out_of_a_granted_directory() {
    let (folder, other) = (scratch(), scratch());
    let secret = file(&other, "g", b"secret");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(secret, &link).unwrap();
    for (guest, read) in READERS {
        let top = folder.path().to_str().unwrap();
        let Some(ended) = call(&["--dir", top], guest, &[read, link.to_str().unwrap()]) else {
            return;
        };
        ended.fails(1, &["may not read"]);
        assert!(!ended.stdout.contains("secret"));
    }
}

#[test]
fn a_file_is_written_where_that_is_granted_and_whole_when_the_guest_is_done() {
    for (guest, write) in [("rust/typed", "opens.write"), ("rust/typed3", "write")] {
        let folder = scratch();
        let top = folder.path().to_str().unwrap();
        let target = format!("{top}/out");
        let Some(ended) =
            call(&["--dir", &format!("{top}::{top}::ro")], guest, &[write, &target, "x"])
        else {
            return;
        };
        ended.fails(1, &["may not write", "--dir"]);
        let Some(ended) = call(&["--dir", top], guest, &[write, &target, "text"]) else { return };
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "text");
        let Some(ended) = call(&[], guest, &[write, "log:said", "hello"]) else { return };
        ended.fails(0, &["log: said: hello"]);
    }
}

#[test]
fn a_peer_is_dialled_if_that_is_granted() {
    for (guest, dial) in [("rust/typed", "opens.dial"), ("rust/typed3", "dial")] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut request = String::new();
            peer.read_to_string(&mut request).unwrap();
            peer.write_all(format!("you said {request}").as_bytes()).unwrap();
        });
        let Some(refused) = call(&[], guest, &[dial, &url, "hi"]) else { return };
        refused.fails(1, &[&format!("--net {url}")]);
        let Some(ended) = call(&["--net", &url], guest, &[dial, &url, "hi"]) else { return };
        ended.prints("you said hi\n");
        server.join().unwrap();
        let Some(ended) = call(&["--net", &url], guest, &[dial, &url, "hi"]) else { return };
        assert!(
            ended.code == Some(1) && ended.stderr.to_lowercase().contains("refused"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_guest_listens_if_that_is_granted() {
    let Some(typed) = built("rust/typed") else { return };
    let Some(refused) = call(&[], "rust/typed", &["serve", "tcp://127.0.0.1:0"]) else { return };
    refused.fails(1, &["--net listen+tcp://127.0.0.1:0"]);
    let mut child = forebay()
        .args(["call", "--net", "listen+tcp://127.0.0.1:0"])
        .arg(typed)
        .args(["serve", "tcp://127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("log: tcp://").unwrap_or_else(|| panic!("no address in `{line}`"));
    let mut peer = TcpStream::connect(address).unwrap();
    peer.write_all(b"quiet").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "QUIET");
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_wrong_with_a_url_has_its_own_error() {
    for (url, expected) in [
        ("gopher://x", "unknown-scheme: there is no scheme `gopher:`"),
        ("tcp://x", "bad-url: it names no port"),
        ("fd:0", "denied: descriptors of the host"),
        ("mem:never", "not-found"),
    ] {
        let Some(ended) = call(&[], "rust/typed", &["opens.read", url]) else { return };
        ended.fails(1, &[expected]);
    }
}
