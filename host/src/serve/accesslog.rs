//! A line for each request that was answered: as JSON, or in the common format of web servers.
//!
//! Lines are written by a thread of the log's own, so that a slow or full disk delays nobody. What
//! can't be written is left out and counted.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// How many lines wait to be written.
const WAITING: usize = 8192;
/// The longest text that a client chose, in a line, in bytes.
const LONGEST: usize = 2048;

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// An object of JSON.
    Json,
    /// The common log format, with what the client says of itself (`combined`).
    Common,
}

/// What is told of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// When it came, in the time of UTC.
    pub time: Timestamp,
    /// Its identity.
    pub id: String,
    /// Its trace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<SocketAddr>,
    /// The protocol, e.g. `HTTP/1.1`.
    pub protocol: &'static str,
    /// The method, or what stands for it.
    pub method: String,
    /// What was asked for.
    pub target: String,
    /// Of which host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The status of the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes that came.
    pub received: u64,
    /// Bytes that were sent.
    pub sent: u64,
    /// How long it took.
    pub seconds: f64,
    /// The route that it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The guest that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where the client says that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referer: Option<String>,
    /// What the client says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl Entry {
    /// The line, with its end.
    pub fn line(&self, format: LogFormat) -> String {
        match format {
            LogFormat::Json => self.json(),
            LogFormat::Common => self.common(),
        }
    }

    fn json(&self) -> String {
        let mut own = self.clone();
        let texts = [&mut own.target, &mut own.method];
        texts.into_iter().for_each(|text| shorten(text));
        let optional = [&mut own.host, &mut own.error, &mut own.referer, &mut own.agent];
        optional.into_iter().flatten().for_each(shorten);
        own.seconds = (own.seconds * 1e6).round() / 1e6;
        // Nothing in it can't be written.
        let mut line = serde_json::to_string(&own).unwrap_or_default();
        line.push('\n');
        line
    }

    fn common(&self) -> String {
        let peer =
            self.peer.map_or_else(|| "-".into(), |peer| peer.ip().to_canonical().to_string());
        let time = self.time.strftime("%d/%b/%Y:%H:%M:%S +0000");
        let status = self.status.map_or_else(|| "-".into(), |status| status.to_string());
        let quoted = |text: &Option<String>| quoted(text.as_deref().unwrap_or("-"));
        format!(
            "{peer} - - [{time}] \"{} {} {}\" {status} {} \"{}\" \"{}\"\n",
            self::quoted(&self.method),
            self::quoted(&self.target),
            self.protocol,
            self.sent,
            quoted(&self.referer),
            quoted(&self.agent),
        )
    }
}

fn shorten(text: &mut String) {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
}

/// Text between quotes, in which nothing ends them or the line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes().take(LONGEST) {
        match byte {
            b'"' | b'\\' | 0..0x20 | 0x7f.. => out.push_str(&format!("\\x{byte:02x}")),
            byte => out.push(char::from(byte)),
        }
    }
    out
}

/// A log that is being written. Clones write the same one.
#[derive(Clone, Debug)]
pub struct AccessLog {
    lines: SyncSender<Message>,
    format: LogFormat,
    left_out: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Line(String),
    /// Opens its file anew.
    Reopen,
}

/// Where lines go; called again when the log is to be opened anew.
pub type Open = Box<dyn FnMut() -> std::io::Result<Box<dyn Write + Send>> + Send>;

impl AccessLog {
    /// Opens a log. `trouble` is told once when writing fails, until it works again.
    ///
    /// # Errors
    /// When it can't be opened, or no thread started.
    pub fn start(
        format: LogFormat,
        mut open: Open,
        trouble: impl Fn(std::io::Error) + Send + 'static,
    ) -> std::io::Result<AccessLog> {
        let (lines, waiting) = sync_channel(WAITING);
        let left_out = Arc::<AtomicU64>::default();
        let writer =
            Writer { to: open()?, open, trouble, failing: false, left_out: left_out.clone() };
        std::thread::Builder::new()
            .name("access log".into())
            .spawn(move || writer.run(&waiting))?;
        Ok(AccessLog { lines, format, left_out })
    }

    /// Writes an entry, soon. It's left out if too many wait.
    pub fn write(&self, entry: &Entry) {
        let line = Message::Line(entry.line(self.format));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.lines.try_send(line)
        {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Opens its file anew, as after it was renamed.
    pub fn reopen(&self) {
        // If the queue is full, the file is in use anyhow; the next call does it.
        let _ = self.lines.try_send(Message::Reopen);
    }

    /// How many lines were left out.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }
}

struct Writer<T> {
    to: Box<dyn Write + Send>,
    open: Open,
    trouble: T,
    failing: bool,
    left_out: Arc<AtomicU64>,
}

impl<T: Fn(std::io::Error)> Writer<T> {
    /// Writes what comes, all that waits at once, until no log is left.
    fn run(mut self, waiting: &Receiver<Message>) {
        let mut lines = Vec::new();
        while let Ok(first) = waiting.recv() {
            let mut count = 0;
            for message in std::iter::once(first).chain(waiting.try_iter().take(WAITING)) {
                match message {
                    Message::Line(line) => {
                        lines.extend_from_slice(line.as_bytes());
                        count += 1;
                    }
                    Message::Reopen => {
                        self.write(&mut lines, std::mem::take(&mut count));
                        match (self.open)() {
                            Ok(to) => self.to = to,
                            Err(error) => self.failed(error),
                        }
                    }
                }
            }
            self.write(&mut lines, count);
        }
    }

    fn write(&mut self, lines: &mut Vec<u8>, count: u64) {
        if lines.is_empty() {
            return;
        }
        let result = self.to.write_all(lines).and_then(|()| self.to.flush());
        lines.clear();
        match result {
            Ok(()) => self.failing = false,
            Err(error) => {
                self.left_out.fetch_add(count, Ordering::Relaxed);
                self.failed(error);
                // A full disk fails at once; nobody is helped by trying each microsecond.
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    fn failed(&mut self, error: std::io::Error) {
        if !std::mem::replace(&mut self.failing, true) {
            (self.trouble)(error);
        }
    }
}

#[cfg(test)]
mod tests;
