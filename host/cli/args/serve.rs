//! The flags of `forebay serve`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, ValueEnum, ValueHint};

use forebay::units;

use crate::args::{BudgetFlags, CodeFlags, GrantFlags, GuestFlags};

/// Serve a program: the host listens, and gives it each request
///
/// The program answers HTTP requests by `wasi:http` of WASI 0.2 or 0.3; or it's a filter from the
/// request's body to the reply's; or a command, which is asked by CGI, or with --content-type is a
/// filter, too. Each request has an instance of its own; grants and budgets are those of each.
///
/// SIGTERM and Ctrl-C end it when requests under way have ended, or the time of --drain is over; a
/// second one ends it at once. SIGHUP loads the program, or the manifest, anew: new requests go to
/// it, and if it doesn't start the old one stays.
///
/// Connections of --tcp and --unix are handed to a function that takes one (`forebay:stream`), and are
/// the standard streams of others. Behind --gopher, the program writes menus and text.
///
/// Example: forebay serve --http 127.0.0.1:8080 hello.wasm
/// Example: forebay serve --tcp 127.0.0.1:1997 --per line upper.wasm
/// Example: forebay serve --http 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem app.toml
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Serve {
    /// Listen for HTTP/1.1 and HTTP/2 here; port 0 is chosen and said [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    pub http: Vec<String>,
    /// Listen for connections of TCP here: each is the program's, as its standard streams or typed
    #[arg(long, value_name = "HOST:PORT")]
    pub tcp: Vec<String>,
    /// Listen at a Unix socket, as with --tcp; what an ended server left there is replaced
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub unix: Vec<PathBuf>,
    /// Listen for Gopher here: the program writes what is behind a selector
    #[arg(long, value_name = "HOST:PORT")]
    pub gopher: Vec<String>,
    /// With --tcp and --unix: run the program for each connection, or for its first line
    #[arg(long, value_name = "UNIT", default_value = "connection")]
    pub per: Per,
    /// With --per line: answer each line until the client ends
    #[arg(long)]
    pub keep_open: bool,
    /// Say here whether it lives and what it counted: /healthz, /readyz, /metrics (for Prometheus)
    #[arg(long, value_name = "HOST:PORT")]
    pub admin: Vec<String>,
    /// Write a line for each HTTP request to a file, which SIGHUP opens anew; `-` is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub access_log: Option<PathBuf>,
    /// How those lines are written
    #[arg(long, value_name = "FORMAT", default_value = "json", requires = "access_log")]
    pub log_format: Lines,
    /// Secure the listeners: a PEM file of the certificate, and those that vouch for it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key, as PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// What a filter's replies are [default: application/octet-stream]; of a command it makes a filter
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// How long requests under way may go on when the server ends
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = units::duration)]
    pub drain: Duration,
    /// Load the program anew when its file changes, too
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub limits: ServeLimits,
    #[command(flatten)]
    pub grants: GrantFlags,
    #[command(flatten)]
    pub guests: GuestFlags,
    #[command(flatten)]
    pub budget: BudgetFlags,
    #[command(flatten)]
    pub code: CodeFlags,
    /// Believe the certificate authorities in this PEM file, beside the public ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_ca: Option<PathBuf>,
    /// The program: a file, or a manifest or composition (`.toml`, `.wac`)
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: OsString,
}

/// What the program is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Per {
    /// A connection, from its beginning to its end.
    Connection,
    /// A line of it, which is its input.
    Line,
}

/// How a log's lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lines {
    /// An object of JSON each.
    Json,
    /// The common format of web servers, with what clients say of themselves.
    Common,
}

/// What peers may take up.
#[derive(Debug, Group)]
#[command(next_help_heading = "Limits of peers")]
pub struct ServeLimits {
    /// Connections, all together; more wait to be accepted [default: 1024]
    #[arg(long, value_name = "N", value_parser = units::count::<usize>)]
    pub max_connections: Option<usize>,
    /// Connections from one address; more are closed [default: 64, but any number from this machine]
    #[arg(long, value_name = "N", value_parser = units::count::<usize>)]
    pub max_connections_per_peer: Option<usize>,
    /// Requests on one connection, which then closes [default: any number]
    #[arg(long, value_name = "N", value_parser = units::count::<u64>)]
    pub max_requests_per_connection: Option<u64>,
    /// Requests that are worked on at the same time [default: 16 for each processor]
    #[arg(long, value_name = "N", value_parser = units::count::<usize>)]
    pub max_in_flight: Option<usize>,
    /// Requests that wait for their turn; more get 503 [default: 1024]
    #[arg(long, value_name = "N", value_parser = units::count::<usize>)]
    pub max_queue: Option<usize>,
    /// How long one waits, before it gets 503 [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub queue_timeout: Option<Duration>,
    /// Bytes of a request's head; more gets 431 [default: 32KiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub max_head: Option<u64>,
    /// Bytes of a request's body; more gets 413 [default: any number, since bodies are streamed]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub max_body: Option<u64>,
    /// How long a head, or a TLS handshake, may take [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub head_timeout: Option<Duration>,
    /// How long a connection may be idle [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub idle_timeout: Option<Duration>,
    /// How long a peer may pause in a body (408), or take nothing of a reply [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub body_timeout: Option<Duration>,
    /// How long the program may take to begin its reply; more gets 504 [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub reply_timeout: Option<Duration>,
    /// How often an instance is asked: its memory stays between requests [default: 1]
    #[arg(long, value_name = "N", value_parser = units::count::<u64>)]
    pub reuse: Option<u64>,
}
