//! The flags of `forebay wit`.

use std::path::PathBuf;

use clap::{Args as Group, Subcommand, ValueHint};

use crate::args::LimitFlags;

/// Print a program's WIT, fetch packages to write one against, or check one against a world
///
/// Example: forebay wit shrink.wasm
/// Example: forebay wit add forebay:stream wasi:http@0.2
/// Example: forebay wit check shrink.wasm forebay:stream/filter-program
#[derive(Debug, Group)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
pub struct Wit {
    #[command(subcommand)]
    pub action: Option<WitAction>,
    /// Take comments from this WIT file or folder
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub wit: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The program whose WIT is printed: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: Option<PathBuf>,
}

/// What else to do with WIT.
#[derive(Debug, Subcommand)]
pub enum WitAction {
    /// Write packages, and what they use, into `wit/deps`
    Add(WitAdd),
    /// Find out whether a program fits a world
    Check(WitCheck),
}

/// Write packages, and what they use, into `wit/deps`
///
/// The packages are `forebay:stream` and WASI's, at 0.2 unless the name says `@0.3`. Without a name
/// they are listed.
///
/// Example: forebay wit add forebay:stream wasi:http@0.2
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct WitAdd {
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "wit/deps", value_hint = ValueHint::DirPath)]
    pub to: PathBuf,
    /// The packages: NAMESPACE:NAME[@VERSION]
    #[arg(value_name = "PACKAGE")]
    pub packages: Vec<String>,
}

/// Find out whether a program fits a world
///
/// It does if it exports all that the world exports, imports nothing else than the world imports,
/// and the types are the same. Nothing is run.
///
/// Example: forebay wit check shrink.wasm shrink
/// Example: forebay wit check server.wasm wasi:http/proxy@0.2
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct WitCheck {
    /// Where the world is: a WIT file or folder
    #[arg(long, value_name = "PATH", default_value = "wit", value_hint = ValueHint::AnyPath)]
    pub wit: PathBuf,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// The program: a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub program: PathBuf,
    /// The world: a name in `wit`, one of ours or WASI's (`wasi:cli/command`), or a WIT file or
    /// folder that has just one
    pub world: String,
}
