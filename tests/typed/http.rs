//! `http:` as a source and as a sink, against a server that keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use crate::run::{built, run};

/// What a server was sent: the request's head, and its body.
type Asked = (String, Vec<u8>);

/// Answers one request after the other with these; gives what was asked.
pub fn server(answers: Vec<String>) -> (SocketAddr, JoinHandle<Vec<Asked>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            asked.push(exchange(stream.try_clone().unwrap(), stream, &answer));
        }
        asked
    });
    (address, thread)
}

/// Reads one request and answers it.
pub fn exchange(from: impl Read, mut to: impl Write, answer: &str) -> Asked {
    let mut from = BufReader::new(from);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(from.read_line(&mut head).unwrap() > 0, "the request ended early: {head}");
    }
    let mut body = Vec::new();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        loop {
            let mut size = String::new();
            from.read_line(&mut size).unwrap();
            let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).unwrap() + 2];
            from.read_exact(&mut chunk).unwrap();
            if chunk.len() == 2 {
                break;
            }
            body.extend(&chunk[..chunk.len() - 2]);
        }
    }
    to.write_all(answer.as_bytes()).unwrap();
    to.flush().unwrap();
    (head, body)
}

/// A whole answer.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[test]
fn a_page_is_read_and_credentials_go_to_the_server_only() {
    let Some(upper) = built("rust/upper") else { return };
    let (address, thread) =
        server(vec![answer("200 OK", "", "page"), answer("404 Not Found", "", "none")]);
    let url = format!("http://user:pass@{address}/a/b?q=token");
    run(&[], &upper, &[&url]).prints("PAGE");
    let ended = run(&[], &upper, &[&url]);
    ended.fails(127, &[&format!("cannot read `http://{address}/a/b?…`"), "404 Not Found"]);
    assert!(!ended.stderr.contains("pass") && !ended.stderr.contains("token"), "{ended:?}");
    let asked = thread.join().unwrap();
    assert!(asked[0].0.starts_with("GET /a/b?q=token HTTP/1.1\r\n"), "{asked:?}");
    assert!(asked[0].0.to_lowercase().contains("authorization: basic dxnlcjpwyxnz"), "{asked:?}");
}

#[test]
fn a_redirect_to_a_url_that_is_too_long_is_the_servers_fault() {
    let Some(wc) = built("rust/wc") else { return };
    let far = format!("Location: /{}\r\n", "a".repeat(100_000));
    let (address, asked) = server(vec![answer("302 Found", &far, "")]);
    let ended = run(&[], &wc, &[&format!("http://{address}/")]);
    ended.fails(125, &["the server sent us on to a URL that is too long"]);
    asked.join().unwrap();
}

#[test]
fn a_redirect_is_followed_on_its_server_and_elsewhere_by_grant() {
    let Some(upper) = built("rust/upper") else { return };
    let (address, thread) =
        server(vec![answer("302 Found", "Location: /next\r\n", ""), answer("200 OK", "", "moved")]);
    run(&[], &upper, &[&format!("http://u:p@{address}/")]).prints("MOVED");
    assert!(thread.join().unwrap()[1].0.starts_with("GET /next "));

    let (other, second) = server(vec![answer("200 OK", "", "other")]);
    let redirect = || answer("301 Moved", &format!("Location: http://{other}/x\r\n"), "");
    let (address, first) = server(vec![redirect(), redirect()]);
    let url = format!("http://u:p@{address}/");
    run(&[], &upper, &[&url]).fails(126, &[&format!("--net tcp://{other}")]);
    run(&["--net", &format!("tcp://{other}")], &upper, &[&url]).prints("OTHER");
    first.join().unwrap();
    let asked = second.join().unwrap();
    assert!(
        !asked[0].0.to_lowercase().contains("authorization"),
        "credentials stay where they belong: {asked:?}"
    );
}

#[test]
fn an_answer_that_breaks_off_is_no_good_end() {
    let Some(upper) = built("rust/upper") else { return };
    let (address, thread) =
        server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".into()]);
    run(&[], &upper, &[&format!("http://{address}/")])
        .fails(125, &[&format!("cannot read `http://{address}/`"), "ended"]);
    thread.join().unwrap();
    let (address, thread) = server(vec!["SSH-2.0-nonsense\r\n".into()]);
    run(&[], &upper, &[&format!("http://{address}/")]).fails(125, &["isn't HTTP as it should be"]);
    thread.join().unwrap();
}

#[test]
fn a_result_is_put_or_posted_and_the_answer_counts() {
    let Some(upper) = built("rust/upper") else { return };
    let answers = vec![
        answer("201 Created", "", ""),
        answer("200 OK", "", ""),
        answer("507 Insufficient Storage", "", ""),
    ];
    let (address, thread) = server(answers);
    let large = "zero:?len=1MiB";
    run(&[], &upper, &["data:,text", "-o", &format!("http://{address}/f")]).prints("");
    run(&[], &upper, &[large, "-o", &format!("http+post://{address}/g")]).prints("");
    run(&[], &upper, &["data:,x", "-o", &format!("http://{address}/h")])
        .fails(125, &["507 Insufficient Storage"]);
    let asked = thread.join().unwrap();
    assert!(asked[0].0.starts_with("PUT /f ") && asked[0].1 == b"TEXT", "{:?}", asked[0]);
    assert!(asked[1].0.starts_with("POST /g ") && asked[1].1.len() == 1 << 20, "{:?}", asked[1].0);
}
