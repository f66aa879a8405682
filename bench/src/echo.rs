//! An echo server: round trips per second on one connection and on fifty, and connections per
//! second. A preview-1 program through our adapter (`echo.wat`) against a native server on tokio,
//! driven by the same client in turn.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::contender::Contender;
use crate::{Row, median};

const SAMPLES: usize = 5;
const MESSAGE: usize = 64;
const TRIPS: usize = 40_000;
const CONNECTIONS: usize = 50;
const CONNECTS: usize = 3_000;

/// What is measured: a number per second.
const CASES: [(&str, Measure); 3] = [
    ("echo, round trips on one connection", |address| Box::pin(round_trips(address, 1))),
    ("echo, round trips on 50 connections", |address| Box::pin(round_trips(address, CONNECTIONS))),
    ("echo, connections with one round trip", |address| Box::pin(connections(address))),
];

type Measure = fn(SocketAddr) -> std::pin::Pin<Box<dyn Future<Output = f64>>>;

/// Measures ours and the native one in turn.
pub fn measure(ours: &Contender, folder: &Path) -> Vec<Row> {
    let program = folder.join("echo.wat");
    std::fs::write(&program, include_str!("echo.wat")).expect("a file");
    let (guest, guest_address) = Server::guest(ours, &program);
    let native_address = native();
    let client = executor();
    let rows = CASES.map(|(what, measure)| {
        let mut samples: [Vec<f64>; 2] = Default::default();
        for _ in 0..SAMPLES {
            for (samples, address) in samples.iter_mut().zip([guest_address, native_address]) {
                samples.push(client.block_on(measure(address)));
            }
        }
        let [ours, native] = samples.map(median);
        Row {
            what: what.to_owned(),
            ours,
            peer: Some(("native, on tokio".to_owned(), native)),
            unit: "/s",
        }
    });
    drop(guest);
    rows.into()
}

/// The program, as long as this lives.
struct Server(Child);

impl Server {
    fn guest(ours: &Contender, program: &Path) -> (Server, SocketAddr) {
        let mut command: Command =
            ours.command(&["run", "--listen", "tcp://127.0.0.1:0?nonblock=1&backlog=1024"]);
        let mut child = command
            .arg(program)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening: tcp://").expect("it listens");
        (Server(child), address.parse().expect("an address"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn executor() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("an executor")
}

/// The native server, on a thread of its own.
fn native() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    listener.set_nonblocking(true).expect("a socket");
    std::thread::spawn(move || {
        executor().block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    while let Ok(len @ 1..) = stream.read(&mut buffer).await {
                        if stream.write_all(&buffer[..len]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        })
    });
    address
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}

async fn trip(stream: &mut TcpStream) {
    let mut message = [7; MESSAGE];
    stream.write_all(&message).await.expect("it reads");
    stream.read_exact(&mut message).await.expect("it answers");
}

async fn round_trips(address: SocketAddr, connections: usize) -> f64 {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let mut stream = connect(address).await;
        trip(&mut stream).await;
        streams.push(stream);
    }
    let each = TRIPS / connections;
    let start = Instant::now();
    let tasks = streams.into_iter().map(|mut stream| {
        tokio::spawn(async move {
            for _ in 0..each {
                trip(&mut stream).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("it isn't cancelled");
    }
    (each * connections) as f64 / start.elapsed().as_secs_f64()
}

async fn connections(address: SocketAddr) -> f64 {
    let start = Instant::now();
    for _ in 0..CONNECTS {
        trip(&mut connect(address).await).await;
    }
    CONNECTS as f64 / start.elapsed().as_secs_f64()
}
