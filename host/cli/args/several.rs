//! The flags of commands that take several guests.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, ValueHint};

use forebay::units;

use crate::args::{BudgetFlags, CodeFlags, GrantFlags, LimitFlags, ResultFlags, SandboxFlags};

/// Other guests that the program is linked to, in the same process.
#[derive(Clone, Debug, Default, Group)]
#[command(next_help_heading = "Other guests")]
pub struct GuestFlags {
    /// Meet imports by what FILE exports, or just IMPORT, where several guests could meet it
    #[arg(long, value_name = "[IMPORT=]FILE", value_hint = ValueHint::FilePath)]
    pub with: Vec<String>,
    /// Grant something to a guest besides the main one, or limit it: a flag, e.g. `mesh:--dir=data`
    ///
    /// A guest is called by its file's name without the extension, or by its name in the manifest.
    /// Nothing is granted to it by default, not even standard streams. Besides flags of grants
    /// there are --max-memory, --max-table-elements, --max-host-memory, --isolate, and
    /// --call-timeout, --call-fuel, --max-handles and --restarts, which isolate it, too.
    #[arg(long, value_name = "GUEST:FLAG")]
    pub grant: Vec<String>,
    /// Refuse a manifest whose guests want more than this file allows: directories, network,
    /// variables, limits
    ///
    /// The file is written as a manifest's guest is: `dirs`, `net`, `env` (names), `limits` and so
    /// on, for every guest, and in `[guest.NAME]` for one. What you grant by flags isn't compared.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub max_grants: Option<PathBuf>,
    /// Ask at the terminal whether a manifest's guests may have what they want, or what goes beyond
    /// --max-grants
    #[arg(long)]
    pub ask: bool,
}

/// What one guest may use up, and whether it lives by itself: flags that follow `--grant GUEST:`.
#[derive(Debug, Group)]
pub struct AllowanceFlags {
    #[arg(long, value_parser = units::size, allow_hyphen_values = true)]
    pub max_memory: Option<u64>,
    #[arg(long, value_parser = units::count::<u64>, allow_hyphen_values = true)]
    pub max_table_elements: Option<u64>,
    #[arg(long, value_parser = units::size, allow_hyphen_values = true)]
    pub max_host_memory: Option<u64>,
    #[arg(long, value_parser = units::duration, allow_hyphen_values = true)]
    pub call_timeout: Option<Duration>,
    #[arg(long, value_parser = units::count::<u64>, allow_hyphen_values = true)]
    pub call_fuel: Option<u64>,
    #[arg(long, value_parser = units::count::<usize>, allow_hyphen_values = true)]
    pub max_handles: Option<usize>,
    #[arg(long, value_parser = units::count::<u32>, allow_hyphen_values = true)]
    pub restarts: Option<u32>,
    #[arg(long, value_parser = clap::value_parser!(std::num::NonZeroU32), allow_hyphen_values = true)]
    pub instances: Option<std::num::NonZeroU32>,
    #[arg(long)]
    pub isolate: bool,
}

/// Run programs in a row: what one writes the next reads
///
/// The programs are commands, which read standard input and write standard output, or typed
/// functions from a stream to a stream, in any order. Each has a store of its own, in this process;
/// grants and budgets are the same for each. The exit code is that of the last program that failed.
///
/// Example: forebay pipe upper.wasm wc.wasm -- README.md
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Pipe {
    #[command(flatten)]
    pub grants: GrantFlags,
    #[command(flatten)]
    pub results: ResultFlags,
    #[command(flatten)]
    pub budget: BudgetFlags,
    #[command(flatten)]
    pub code: CodeFlags,
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// The programs
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub programs: Vec<OsString>,
    /// The first program's own arguments
    #[arg(last = true, value_name = "ARGS")]
    pub words: Vec<OsString>,
}

/// Link guests into one component
///
/// Imports of each guest are met by exports of the others. The same guests give the same bytes. The
/// main guest's exports are the component's; of the host, the others import what hands out
/// authority under names of their own (`mesh-preopens`).
///
/// Example: forebay compose app.wasm --with mesh.wasm -o out.wasm
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct Compose {
    /// Meet imports by what FILE exports, or just IMPORT, where several guests could meet it
    #[arg(long, value_name = "[IMPORT=]FILE", value_hint = ValueHint::FilePath)]
    pub with: Vec<String>,
    /// Import standard names only, for any host: all guests then have the same grants
    #[arg(long)]
    pub portable: bool,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The main guest, or a manifest or composition (`.toml`, `.wac`)
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
    /// Where the component goes
    #[arg(short, long, value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Find out whether guests fit together, without running them.
#[derive(Debug, Group)]
pub struct Check {
    #[command(flatten)]
    pub guests: GuestFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The main guest, or a manifest or composition (`.toml`, `.wac`)
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
}

/// Show who is linked to whom in a graph, and who may touch what.
#[derive(Debug, Group)]
pub struct Explain {
    #[command(flatten)]
    pub guests: GuestFlags,
    #[command(flatten)]
    pub grants: GrantFlags,
    /// Print JSON
    #[arg(long, group = "form")]
    pub json: bool,
    /// Print a Mermaid flow chart
    #[arg(long, group = "form")]
    pub mermaid: bool,
    /// Print a drawing as SVG
    #[arg(long, group = "form")]
    pub svg: bool,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The main guest, or a manifest or composition (`.toml`, `.wac`)
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
}
