//! What a middleware costs as a guest, and as a sidecar: ten headers in, rewritten, ten out.
//!
//! The guest is `components/rust/pairs`, called with typed records. The sidecars do the same work:
//! nginx as a loopback proxy, whose hop is the difference to asking the server itself, each on one
//! connection that stays open; and a gRPC service behind a Unix socket (`bench/grpc`, which is
//! built by itself).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use forebay::graph::Graph;
use forebay::load::Program;

use crate::contender::on_path;
use crate::timed::Timed;
use crate::{Row, median};

const SAMPLES: usize = 7;
const CALLS: u32 = 100_000;
const REQUESTS: usize = 10_000;

/// Measures the guest beside each sidecar that is there. `scalar` is the price of a scalar call
/// between guests.
pub fn measure(folder: &Path, scalar: Option<f64>) -> Vec<Row> {
    let guest = guest();
    let mut rows = Vec::new();
    for (name, hop) in [("nginx, the hop alone", nginx(folder)), ("gRPC on a Unix socket", grpc())]
    {
        let Some(hop) = hop else { continue };
        let figures =
            [("ten headers rewritten, guest to guest", guest), ("guest to guest, scalar", scalar)];
        for (what, ours) in figures {
            let Some(ours) = ours else { continue };
            rows.push(Row {
                what: what.to_owned(),
                ours,
                peer: Some((name.to_owned(), hop)),
                unit: "ns",
            });
        }
    }
    rows
}

fn guest() -> Option<f64> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/rust");
    let (Ok(caller), Ok(callee)) =
        (std::fs::read(built.join("caller-2.wasm")), std::fs::read(built.join("callee-2.wasm")))
    else {
        eprintln!(
            "SKIPPED: headers between guests aren't measured: run components/setup rust and components/build"
        );
        return None;
    };
    let program = |name: &str, bytes: Vec<u8>| Program::recognise(name, bytes).expect("a program");
    let graph = Graph::new()
        .guest("caller", program("caller", caller))
        .guest("callee", program("callee", callee));
    let timed = Timed::new(&graph, "main");
    Some(median(
        (0..SAMPLES).map(|_| timed.each(CALLS, |calls| vec![format!("headers {calls}")])).collect(),
    ))
}

/// A server that ends with its owner.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Nanoseconds that a proxy adds to a request.
fn nginx(folder: &Path) -> Option<f64> {
    let Some(program) = on_path("nginx") else {
        eprintln!(
            "SKIPPED: there is no nginx on PATH to be the sidecar: apt-get install nginx-light"
        );
        return None;
    };
    let port = || {
        TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port()
    };
    let (server, proxy) = (port(), port());
    // A process each, as a sidecar and what it stands before have.
    let start = |name: &str, port: u16, location: String| {
        let folder = folder.join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let config = format!(
            r#"daemon off; master_process off; pid nginx.pid; error_log nginx.log;
            events {{ }}
            http {{
              access_log off; keepalive_requests 10000000;
              client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
              upstream server {{ server 127.0.0.1:{server}; keepalive 4; keepalive_requests 10000000; }}
              server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }}
            }}"#
        );
        std::fs::write(folder.join("nginx.conf"), config).expect("a file");
        let mut command = Command::new(&program);
        command
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stderr(Stdio::null());
        Server(command.spawn().expect("nginx starts"))
    };
    let _server = start("server", server, r#"return 200 "ok";"#.to_owned());
    let _proxy = start(
        "proxy",
        proxy,
        r#"proxy_pass http://server; proxy_http_version 1.1;
        proxy_set_header Host upstream.example; proxy_set_header Connection keep-alive;
        proxy_set_header X-Forwarded-For "$http_x_forwarded_for, 192.0.2.1";"#
            .to_owned(),
    );
    let (mut direct, mut proxied) = (Client::new(server), Client::new(proxy));
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..REQUESTS {
        without.push(direct.ask());
        with.push(proxied.ask());
    }
    Some(median(with) - median(without))
}

/// A connection that stays open.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(port: u16) -> Client {
        let connected = (0..200).find_map(|_| {
            let stream = TcpStream::connect(("127.0.0.1", port)).ok();
            if stream.is_none() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            stream
        });
        let stream = connected.expect("nginx listens");
        stream.set_nodelay(true).expect("a socket");
        Client(BufReader::new(stream))
    }

    /// Nanoseconds of one request with ten headers.
    fn ask(&mut self) -> f64 {
        const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: shop.example\r\n\
            user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
            accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
            accept-language: en-GB,en;q=0.7,de;q=0.3\r\naccept-encoding: gzip, deflate, br\r\nconnection: keep-alive\r\n\
            cookie: session=4f2c9a17e5b84d0c9d3e; theme=dark\r\nx-forwarded-for: 198.51.100.7\r\n\
            x-request-id: 9b2f7c1e-5a44-4b0e-8f0a-1d2c3b4a5968\r\ncache-control: max-age=0\r\n\r\n";
        let start = Instant::now();
        self.0.get_mut().write_all(REQUEST).expect("it's sent");
        let mut line = String::new();
        let mut good = false;
        while line != "\r\n" {
            line.clear();
            self.0.read_line(&mut line).expect("an answer");
            good |= line.starts_with("HTTP/1.1 200");
        }
        let mut body = [0; 2];
        self.0.read_exact(&mut body).expect("a body");
        assert!(good && &body == b"ok", "nginx answers otherwise");
        start.elapsed().as_nanos() as f64
    }
}

fn grpc() -> Option<f64> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("grpc/target/release/grpc");
    if !program.exists() {
        eprintln!(
            "SKIPPED: gRPC isn't measured: cargo build --release --manifest-path bench/grpc/Cargo.toml"
        );
        return None;
    }
    let output = Command::new(program).arg(REQUESTS.to_string()).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number"))
}
