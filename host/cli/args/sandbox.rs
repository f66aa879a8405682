//! The flag that says how the process itself is kept.

use clap::{Args as Group, ValueEnum};

/// How the process that runs the program is kept.
#[derive(Debug, Group)]
pub struct SandboxFlags {
    /// Have the kernel refuse what no guest is granted, too: `-v` says what it holds
    #[arg(long, value_enum, default_value_t = Sandbox::Auto, value_name = "HOW")]
    pub sandbox: Sandbox,
}

/// How the process is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sandbox {
    /// By what this kernel has of Landlock and seccomp
    Auto,
    /// By all of it, or nothing runs
    Strict,
    /// Not at all
    None,
}
