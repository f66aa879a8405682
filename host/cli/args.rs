//! What was typed, as close to the text as possible. Meaning is given in `settings`.

mod several;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::{Args as Group, Parser, Subcommand, ValueEnum, ValueHint};
use forebay::config::{Legacy, Sockets};
use forebay::error::Error;
use forebay::policy::{Directory, NetRule, Preopen};
use forebay::units;

pub use several::{AllowanceFlags, Check, Compose, Explain, GuestFlags, Pipe};

/// Runs WebAssembly programs, old and new, like typed Unix.
#[derive(Debug, Parser)]
#[command(name = "forebay", version, propagate_version = true, styles = Styles::plain(), max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Group)]
pub struct Global {
    /// Say more: every cause of an error, and what is granted
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", env = "FOREBAY_COLOR", hide_env = true)]
    pub color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program: a preview-1 module, a WASI 0.2 or 0.3 component, or text of either
    Run(Run),
    /// Call one exported function of a program, with arguments of its types
    Call(Call),
    /// Run programs in a row: what one writes the next reads
    Pipe(Pipe),
    /// Print what could come next on a command line that runs or calls a program
    #[command(hide = true)]
    Complete {
        /// The words so far, from `run` or `call` on; the last is the one to complete
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Link guests into one component
    Compose(Compose),
    /// Find out whether guests fit together, without running them
    Check(Check),
    /// Show who is linked to whom in a graph, and who may touch what
    Explain(Explain),
    /// Show what a program imports, exports and would need granted
    Inspect(Inspect),
    /// Write a legacy module as a component, for any host of WASI 0.2
    Adapt(Adapt),
    /// Compile a program ahead of time
    Compile(Compile),
    /// Show or clear the cache of compiled code
    Cache(Cache),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Run a program: a preview-1 module, a WASI 0.2 or 0.3 component, or text of either
///
/// Nothing is granted but standard streams, clocks and random numbers; a refused access is shown at the end with the flag
/// that allows it. Options come before PROGRAM, the program's own arguments after it.
///
/// The exit code is the program's own, or: 124 time limit, 125 host failure, 126 denied, 127 not found, 130 interrupted,
/// 134 trap, 2 usage.
///
/// A program whose main is a typed function gets its arguments by name and type, and the streams among them opened: files,
/// `-`, `tcp://HOST:PORT`, `https://…` and so on. `forebay run PROGRAM --help` shows how it's called.
///
/// Example: forebay run --dir .::/data::ro --net tcp://example.com:443 program.wasm /data/input.txt
/// Example: forebay run shrink.wasm photo.jpg --width 320 -o small.jpg
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// Call this function instead of the main one, as `forebay call` does: its name, or a whole call such as 'f(1, "text")'
    #[arg(long, value_name = "FUNCTION")]
    pub invoke: Option<String>,
    #[command(flatten)]
    pub grants: GrantFlags,
    #[command(flatten)]
    pub guests: GuestFlags,
    #[command(flatten)]
    pub results: ResultFlags,
    #[command(flatten)]
    pub budget: BudgetFlags,
    #[command(flatten)]
    pub code: CodeFlags,
    /// The program (a file, or `-` for stdin) and its own arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM [ARGS]", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// Call one exported function of a program, with arguments of its types
///
/// A function is named as `ns:pkg/interface@version#function`, or by as much of that as is unambiguous. Arguments are given in
/// order or as `--parameter VALUE`; or the whole call is written as one word: 'f(1, "text")'.
///
/// Example: forebay call maths.wasm add 1 2
/// Example: forebay call tools.wasm acme:text/search#grep 'fn main' src/*.rs
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Call {
    #[command(flatten)]
    pub grants: GrantFlags,
    #[command(flatten)]
    pub guests: GuestFlags,
    #[command(flatten)]
    pub results: ResultFlags,
    #[command(flatten)]
    pub budget: BudgetFlags,
    #[command(flatten)]
    pub code: CodeFlags,
    /// The program (a file, or `-` for stdin), the function, and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM FUNCTION [ARGS]", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// What becomes of a typed function's result. They may also stand among the program's own arguments.
#[derive(Debug, Group)]
#[command(next_help_heading = "Results of typed functions")]
pub struct ResultFlags {
    /// Where the result, or the first output stream, goes: a path, `-` or a URL; a file appears when the program ended well
    #[arg(short = 'o', value_name = "URL", value_hint = ValueHint::FilePath)]
    pub destination: Option<String>,
    /// How a value is written [default: bytes raw, strings as text, the rest as WAVE]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,
    /// Add to files that are written
    #[arg(long)]
    pub append: bool,
    /// Believe the certificate authorities in this PEM file, beside the public ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_ca: Option<PathBuf>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON
    Json,
    /// WAVE, the component model's own text form
    Wave,
}

/// What the program may use.
#[derive(Debug, Group)]
#[command(next_help_heading = "Grants (nothing is granted by default)")]
pub struct GrantFlags {
    /// Grant a directory, to read and write unless `::ro` is added
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_hint = ValueHint::DirPath)]
    pub directories: Vec<Directory>,
    /// Set a variable, or pass on one of ours by its name
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// Pass on all of our environment
    #[arg(long)]
    pub env_inherit: bool,
    /// Grant network access: `tcp://HOST:PORT`, `udp://HOST:PORT`, `listen+tcp://ADDR:PORT`, or `all`
    ///
    /// A host is a name, `*.SUFFIX`, an address, a CIDR block or `*`; a port is a number, a range or `*`. A name may be
    /// looked up if a rule names it, and what it resolves to may be reached.
    #[arg(long, value_name = "RULE", value_parser = net)]
    pub net: Vec<Net>,
    /// Give a preview-1 program a listening socket: `tcp://ADDR:PORT?nonblock=1&backlog=128`; port 0 is reported
    #[arg(long, value_name = "ADDR", value_parser = Preopen::listen)]
    pub listen: Vec<Preopen>,
    /// Give a preview-1 program a connected socket: `tcp://HOST:PORT?nonblock=1`
    #[arg(long, value_name = "ADDR", value_parser = Preopen::dial)]
    pub dial: Vec<Preopen>,
    /// Which descriptors come first, of `--dir` or of `--listen` and `--dial`
    #[arg(long, value_enum, default_value_t = FdOrder::Directories, value_name = "FIRST")]
    pub fd_order: FdOrder,
    /// Say in LISTEN_FDS and LISTEN_FDNAMES (the option `name=` of an ADDR) which sockets are open
    #[arg(long)]
    pub listen_fds: bool,
    /// Standard input
    #[arg(long, value_enum, default_value_t = Stream::Inherit, value_name = "FROM")]
    pub stdin: Stream,
    /// Standard output
    #[arg(long, value_enum, default_value_t = Stream::Inherit, value_name = "TO")]
    pub stdout: Stream,
    /// Standard error
    #[arg(long, value_enum, default_value_t = Stream::Inherit, value_name = "TO")]
    pub stderr: Stream,
}

/// Which descriptors come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FdOrder {
    /// Directories from 3 on, then sockets
    Directories,
    /// Sockets from 3 on, then directories
    Sockets,
}

/// A `--net` value.
#[derive(Clone, Debug)]
pub enum Net {
    /// `all`.
    All,
    /// A rule.
    Rule(NetRule),
}

fn net(text: &str) -> Result<Net, Error> {
    if text == "all" { Ok(Net::All) } else { text.parse().map(Net::Rule) }
}

/// Where a standard stream leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stream {
    /// Our own
    Inherit,
    /// Nowhere
    None,
}

/// What the program may use up.
#[derive(Debug, Group)]
#[command(next_help_heading = "Budgets")]
pub struct BudgetFlags {
    /// Memory, all of the program's memories together [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub max_memory: Option<u64>,
    /// Elements of all tables together [default: 10000000]
    #[arg(long, value_name = "N")]
    pub max_table_elements: Option<u64>,
    /// Wall time, e.g. `2s` [default: none]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub timeout: Option<Duration>,
    /// Instructions, about one unit each; metering makes the program slower [default: none]
    #[arg(long, value_name = "N")]
    pub fuel: Option<u64>,
    /// Open handles: descriptors, streams, sockets, pollables [default: 100000]
    #[arg(long, value_name = "N")]
    pub max_handles: Option<usize>,
    /// Stack [default: 8MiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub max_stack: Option<u64>,
}

/// How the program becomes machine code.
#[derive(Debug, Group)]
#[command(next_help_heading = "Code")]
pub struct CodeFlags {
    /// The adapter that turns preview-1 modules into components
    #[arg(long, value_enum, default_value_t = Adapter::Auto, value_name = "NAME")]
    pub adapter: Adapter,
    #[command(flatten)]
    pub legacy: LegacyFlags,
    /// Allow a precompiled PROGRAM. Loading one is running native code, which nothing can check: trust who made it
    #[arg(long)]
    pub allow_precompiled: bool,
    /// Compile anew, and don't keep the result
    #[arg(long)]
    pub no_cache: bool,
}

/// What a legacy module is wrapped for.
#[derive(Clone, Debug, Group)]
pub struct LegacyFlags {
    /// The dialect of a legacy module's socket functions: auto, none, wasmedge-v1, wasmedge-v2, wamr or radu
    #[arg(long, default_value = "auto", value_name = "DIALECT")]
    pub sockets: Sockets,
    /// Refuse a legacy module that imports a socket function of no dialect, which otherwise answers ENOSYS
    #[arg(long)]
    pub strict_imports: bool,
    /// Wrap for hosts of this WASI; below 0.2.12 an exit code other than 0 becomes 1 [default: 0.2.12]
    #[arg(long, value_name = "0.2.X", value_parser = Legacy::patch)]
    pub target_wasi: Option<u32>,
}

/// The adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Adapter {
    /// Ours; the official one for modules that have no place for what ours must keep
    Auto,
    /// Ours
    Forebay,
    /// The one published with wasmtime: no sockets, exit codes become 0 or 1
    Official,
}

/// Show what a program imports, exports and would need granted.
#[derive(Debug, Group)]
pub struct Inspect {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The program: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
}

/// Write a legacy module as a component, which runs on any host of WASI 0.2.
///
/// With a world, the plain exports of a reactor become typed ones, without building it again: `add` for the world's
/// `add: func(a: s32, b: s32) -> s32`; `to_upper` for `to-upper: func(s: string) -> string`, laid out as the canonical ABI
/// says, with an exported `cabi_realloc`.
///
/// Example: forebay adapt sum.wasm -o sum.component.wasm --wit sum.wit --world sum
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Adapt {
    /// Give the module a world of this WIT package: a file or a directory
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub wit: Option<PathBuf>,
    /// The world, if the package has several
    #[arg(long, value_name = "NAME", requires = "wit")]
    pub world: Option<String>,
    /// The adapter
    #[arg(long, value_enum, default_value_t = Adapter::Auto, value_name = "NAME")]
    pub adapter: Adapter,
    #[command(flatten)]
    pub legacy: LegacyFlags,
    /// Let it find sockets open (`run --listen`, `--dial`): it then runs on forebay only
    #[arg(long)]
    pub preopened_sockets: bool,
    /// The module: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub module: PathBuf,
    /// Where the component goes
    #[arg(short, long, value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Compile a program ahead of time, for machines of this kind and this version of forebay.
#[derive(Debug, Group)]
pub struct Compile {
    #[command(flatten)]
    pub budget: BudgetFlags,
    /// The program: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
    /// Where the code goes
    #[arg(short, long, value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Show or clear the cache of compiled code.
#[derive(Debug, Group)]
pub struct Cache {
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What to do with the cache.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum CacheAction {
    /// Print its directory
    Dir,
    /// Remove everything in it
    Clear,
}
