//! What was typed, as close to the text as possible. Meaning is given in `settings`.

mod budget;
mod code;
mod grants;
mod project;
mod sandbox;
mod serve;
mod several;
mod wit;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::Styles;
use clap::{Args as Group, Parser, Subcommand, ValueEnum, ValueHint};

pub use budget::BudgetFlags;
pub use code::{Adapter, CodeFlags, CompileFlags, LegacyFlags, LimitFlags};
pub use grants::{FdOrder, GrantFlags, Net, Stream};
pub use project::{Build, Kind, Lang, New};
pub use sandbox::{Sandbox, SandboxFlags};
pub use serve::{Lines, Per, Serve, ServeLimits};
pub use several::{AllowanceFlags, Check, Compose, Explain, GuestFlags, Pipe};
pub use wit::{Wit, WitAction, WitAdd, WitCheck};

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
#[derive(Clone, Debug, Default, Group)]
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
    /// Take flags that aren't typed from this file [default: ~/.config/forebay/config.toml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
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
    /// Serve a program: the host listens, and gives it each request
    Serve(Box<Serve>),
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
    /// Begin a program: a folder that `forebay run` builds and runs
    New(New),
    /// Build what a folder's manifest describes
    Build(Build),
    /// Print a program's WIT, fetch packages to write one against, or check one against a world
    Wit(Wit),
    /// Write a legacy module as a component, for any host of WASI 0.2
    Adapt(Adapt),
    /// Compile a program ahead of time
    Compile(Compile),
    /// Compile what is asked for on standard input: what `run` and others start, within limits
    #[command(hide = true)]
    Compiler,
    /// Show, prune or clear the cache of compiled code
    Cache(Cache),
    /// Write man pages
    Man {
        /// Into this folder, one for each command; without it the first is printed
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Run a program: a preview-1 module, a WASI 0.2 or 0.3 component, or text of either
///
/// Nothing is granted but standard streams, clocks and random numbers; a refused access is shown at
/// the end with the flag that allows it. Options come before PROGRAM, the program's own arguments
/// after it.
///
/// The exit code is the program's own, or: 124 time limit, 125 host failure, 126 denied, 127 not
/// found, 130 interrupted, 134 trap, 2 usage.
///
/// A program whose main is a typed function gets its arguments by name and type, and the streams
/// among them opened: files, `-`, `tcp://HOST:PORT`, `https://…` and so on. `forebay run PROGRAM
/// --help` shows how it's called.
///
/// Example: forebay run --dir .::/data::ro --net tcp://example.com:443 program.wasm /data/input.txt
/// Example: forebay run shrink.wasm photo.jpg --width 320 -o small.jpg
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// Call this function instead of the main one, as `forebay call` does: its name, or a whole
    /// call such as 'f(1, "text")'
    #[arg(long, value_name = "FUNCTION")]
    pub invoke: Option<String>,
    /// Take the comments for the program's own --help from this WIT file or folder
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub wit: Option<PathBuf>,
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
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// The program and its own arguments: a file, `-` for stdin, or a folder with a `forebay.toml`,
    /// which is built first if that's due; this folder if none is named
    #[arg(trailing_var_arg = true, value_name = "PROGRAM [ARGS]", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// Call one exported function of a program, with arguments of its types
///
/// A function is named as `ns:pkg/interface@version#function`, or by as much of that as is
/// unambiguous. Arguments are given in order or as `--parameter VALUE`; or the whole call is
/// written as one word: 'f(1, "text")'.
///
/// Example: forebay call maths.wasm add 1 2
/// Example: forebay call tools.wasm acme:text/search#grep 'fn main' src/*.rs
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Call {
    /// Take the comments for the program's own --help from this WIT file or folder
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub wit: Option<PathBuf>,
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
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// The program (a file, or `-` for stdin), the function, and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM FUNCTION [ARGS]", value_hint = ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// What becomes of a typed function's result. They may also stand among the program's own
/// arguments.
#[derive(Debug, Group)]
#[command(next_help_heading = "Results of typed functions")]
pub struct ResultFlags {
    /// Where the result, or the first output stream, goes: a path, `-` or a URL; a file appears
    /// when the program ended well
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

/// Show what a program imports, exports and would need granted.
#[derive(Debug, Group)]
pub struct Inspect {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The program: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
}

/// Write a legacy module as a component, which runs on any host of WASI 0.2.
///
/// With a world, the plain exports of a reactor become typed ones, without building it again: `add`
/// for the world's `add: func(a: s32, b: s32) -> s32`; `to_upper` for `to-upper: func(s: string) ->
/// string`, laid out as the canonical ABI says, with an exported `cabi_realloc`.
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
    #[command(flatten)]
    pub limits: LimitFlags,
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
    #[command(flatten)]
    pub compile: CompileFlags,
    /// The program: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
    /// Where the code goes
    #[arg(short, long, value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Show, prune or clear the cache of compiled code.
///
/// It holds at most 1 GiB; what was used longest ago goes first.
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
    /// Print how many bytes it holds, and how many it may
    Size,
    /// Remove what was used longest ago
    Prune {
        /// Until it holds at most this many bytes [default: 1GiB]
        #[arg(long, value_name = "SIZE", value_parser = forebay::units::size)]
        to: Option<u64>,
    },
    /// Remove everything in it
    Clear,
}
