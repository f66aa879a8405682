//! The flags of commands about a folder with a manifest.

use std::path::PathBuf;

use clap::{Args as Group, ValueEnum, ValueHint};

/// Begin a program: a folder that `forebay run` builds and runs
///
/// It holds a small program in the language of your choice, its WIT with comments and what that
/// uses, a manifest that says how it's built and what it may use, and a test.
///
/// Example: forebay new shrink --lang rust --kind filter
#[derive(Debug, Group)]
#[command(verbatim_doc_comment)]
pub struct New {
    /// The language
    #[arg(long, value_enum)]
    pub lang: Lang,
    /// What kind of program
    #[arg(long, value_enum, default_value_t = Kind::Main)]
    pub kind: Kind,
    /// The folder, which is called as the program is
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub name: PathBuf,
}

/// A language that programs are begun in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Rust, by cargo
    Rust,
    /// Python, by componentize-py
    Python,
    /// JavaScript, by componentize-js
    #[value(alias = "javascript")]
    Js,
    /// Go's own compiler, 1.24 or later
    #[value(alias = "golang")]
    Go,
    /// C, by clang and wasi-libc
    C,
    /// Zig
    Zig,
    /// AssemblyScript, by asc
    #[value(alias = "as")]
    Assemblyscript,
}

/// What kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A typed main: the function's parameters are the command line
    Main,
    /// A stream of bytes in, a stream of bytes out
    Filter,
    /// Functions that other guests import
    Library,
    /// Answers HTTP requests
    Http,
    /// A command: arguments and standard streams, as everywhere
    Command,
}

/// Build what a folder's manifest describes
///
/// It runs the `command` of the table `[build]` in `forebay.toml`, in the manifest's folder, as you
/// would yourself: nothing limits it. `forebay run` without a program does so too, where the program
/// is older than its inputs.
#[derive(Debug, Group)]
pub struct Build {
    /// The folder, or its manifest
    #[arg(value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    pub project: PathBuf,
}
