//! A server that runs, and asking it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use support::run::forebay;

/// How long anything may take that is waited for. It's never reached where all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs; dropping it ends it.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    said: Arc<(Mutex<Vec<String>>, Condvar)>,
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// The head, in small letters.
    pub head: String,
    pub body: String,
    /// Whether the body was as long as it should be.
    pub whole: bool,
}

impl Server {
    /// Starts `forebay serve --http 127.0.0.1:0 FLAGS PROGRAM`.
    pub fn start(flags: &[&str], program: impl AsRef<Path>) -> Server {
        Server::start_as(|_| (), flags, program)
    }

    /// The same, as a process that `shape` changes before.
    pub fn start_as(
        shape: impl FnOnce(&mut Command),
        flags: &[&str],
        program: impl AsRef<Path>,
    ) -> Server {
        let mut command = forebay();
        shape(&mut command);
        command.args(["serve", "--http", "127.0.0.1:0"]).args(flags).arg(program.as_ref());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();

        let said = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (lines, heard) = (BufReader::new(child.stderr.take().unwrap()), said.clone());
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                heard.0.lock().unwrap().push(line);
                heard.1.notify_all();
            }
        });
        let mut server = Server { child, address: ([127, 0, 0, 1], 0).into(), said };
        let line = server.hears("listening on http");
        let address = line.rsplit("//").next().unwrap().trim_end_matches('/');
        server.address = address.parse().unwrap();
        server
    }

    /// Waits for a line that has `part` in it.
    #[track_caller]
    pub fn hears(&self, part: &str) -> String {
        self.hears_often(part, 1)
    }

    /// Waits for so many of them.
    #[track_caller]
    pub fn hears_often(&self, part: &str, count: usize) -> String {
        let (lines, more) = &*self.said;
        let lines = lines.lock().unwrap();
        let lacks = |lines: &mut Vec<String>| {
            lines.iter().filter(|line| line.contains(part)).count() < count
        };
        let (lines, late) = more.wait_timeout_while(lines, PATIENCE, lacks).unwrap();
        assert!(!late.timed_out(), "no `{part}` in {lines:#?}");
        lines.iter().rfind(|line| line.contains(part)).unwrap().clone()
    }

    /// What it has said.
    pub fn said(&self) -> String {
        self.said.0.lock().unwrap().join("\n")
    }

    /// A connection to it.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes on a connection of their own, and reads until it ends.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        // It may answer before it has read all, and close.
        let _ = stream.write_all(bytes.as_ref());
        rest(&mut stream)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    /// Sends a body to a path.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let length = if method == "GET" {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        Reply::read(&self.raw(format!("{head}{length}\r\n{body}")))
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        // SAFETY: it's our own child, which nobody has waited for.
        assert_eq!(unsafe { libc::kill(self.child.id() as i32, signal) }, 0);
    }

    /// Waits for its end, and gives its exit code.
    pub fn ends(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::yield_now();
        }
        panic!("it doesn't end: {}", self.said());
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes on a connection until it ends, however that is.
pub fn rest(stream: &mut TcpStream) -> String {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&bytes)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Reply {
    /// Takes a reply apart.
    pub fn read(text: &str) -> Reply {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let head = head.to_lowercase();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if let Some(length) = length {
            let whole = length.parse() == Ok(body.len());
            return Reply { status, head, body: body.to_owned(), whole };
        }

        let (mut rest, mut all) = (body, String::new());
        while let Some((size, after)) = rest.split_once("\r\n") {
            let size = usize::from_str_radix(size, 16).unwrap();
            if size == 0 || after.len() < size + 2 {
                return Reply { status, head, body: all, whole: size == 0 && after == "\r\n" };
            }
            all += &after[..size];
            rest = &after[size + 2..];
        }
        Reply { status, head, body: all, whole: false }
    }

    /// It's this, and whole.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status, &*self.body, self.whole), (status, body, true), "{self:?}");
    }
}
