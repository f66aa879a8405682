//! The flags that say how a program becomes machine code.

use std::time::Duration;

use clap::{Args as Group, ValueEnum};
use forebay::config::{Legacy, Set, Sockets};
use forebay::units;

/// How the program becomes machine code.
#[derive(Debug, Group)]
#[command(next_help_heading = "Code")]
pub struct CodeFlags {
    /// The adapter that turns preview-1 modules into components
    #[arg(long, value_enum, default_value_t = Adapter::Auto, value_name = "NAME")]
    pub adapter: Adapter,
    #[command(flatten)]
    pub legacy: LegacyFlags,
    #[command(flatten)]
    pub compile: CompileFlags,
    /// Allow a precompiled PROGRAM. Loading one is running native code, which nothing can check:
    /// trust who made it
    #[arg(long)]
    pub allow_precompiled: bool,
    /// Compile anew, and don't keep the result
    #[arg(long)]
    pub no_cache: bool,
}

/// What compiling may take.
#[derive(Clone, Debug, Group)]
pub struct CompileFlags {
    #[command(flatten)]
    pub limits: LimitFlags,
    /// How long compiling may take [default: 10s, and 10s more for each MB]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub compile_timeout: Option<Duration>,
    /// How much memory compiling may take [default: 256MiB, 8MiB for each processor, 400 times the
    /// program's size, and 2,500 times that up to 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub compile_memory: Option<u64>,
}

/// How large a program may be.
#[derive(Clone, Debug, Group)]
pub struct LimitFlags {
    /// Take a program that is larger than usual in one respect, e.g. `functions=1000000`
    ///
    /// The respects are size, functions, function-size, locals, blocks, loops, types, segments,
    /// parts, depth, names and expressions. An error says which one a program exceeds.
    #[arg(long = "code-limit", value_name = "NAME=N")]
    pub code_limits: Vec<Set>,
}

/// What a legacy module is wrapped for.
#[derive(Clone, Debug, Group)]
pub struct LegacyFlags {
    /// The dialect of a legacy module's socket functions: auto, none, wasmedge-v1, wasmedge-v2,
    /// wamr or radu
    #[arg(long, default_value = "auto", value_name = "DIALECT")]
    pub sockets: Sockets,
    /// Refuse a legacy module that imports a socket function of no dialect, which otherwise answers
    /// ENOSYS
    #[arg(long)]
    pub strict_imports: bool,
    /// Wrap for hosts of this WASI; below 0.2.12 an exit code other than 0 becomes 1 [default:
    /// 0.2.12]
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
