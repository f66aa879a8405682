//! A server of the binary, and clients of it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::time::Duration;

use support::run::forebay;

/// How long a client waits for anything, even on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that serves until it's dropped or ended.
pub struct Server {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// What guests write.
    pub stdout: ChildStdout,
    /// Where it listens: what follows `listening on `.
    pub url: String,
}

impl Server {
    /// Starts a server, and waits until it listens.
    pub fn start(flags: &[&str], program: impl AsRef<Path>) -> Server {
        let mut server = Server::begin(flags, program);
        server.url = server.next_url();
        server
    }

    /// Starts a server that may listen nowhere.
    pub fn begin(flags: &[&str], program: impl AsRef<Path>) -> Server {
        let mut command = forebay();
        command.arg("serve").args(flags).arg(program.as_ref());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let stdout = child.stdout.take().unwrap();
        Server { url: String::new(), child, stderr, stdout }
    }

    /// Where it listens, too.
    pub fn next_url(&mut self) -> String {
        let mut line = self.said();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let _ = self.stderr.read_to_string(&mut line);
            panic!("it doesn't listen: {line}");
        };
        url.to_owned()
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1.trim_end_matches('/')
    }

    /// A connection to it.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// What it sends to a peer that sends this, and then no more.
    pub fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        read(stream)
    }

    /// The next line that it says on standard error.
    pub fn said(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        let pid = i32::try_from(self.child.id()).unwrap();
        // SAFETY: `kill` touches no memory, and the child hasn't been waited for.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// Ends it by a signal; gives its exit code and what it said since.
    pub fn end(mut self) -> (Option<i32>, String) {
        self.signal(libc::SIGTERM);
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that a stream gives, as text.
pub fn read(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
