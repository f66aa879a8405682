//! The flags that bound what a program uses up.

use std::time::Duration;

use clap::Args as Group;
use forebay::units;

/// What the program may use up.
#[derive(Debug, Group)]
#[command(next_help_heading = "Budgets")]
pub struct BudgetFlags {
    /// Memory, all of the program's memories together [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_hyphen_values = true)]
    pub max_memory: Option<u64>,
    /// Elements of all tables together [default: 10000000]
    #[arg(long, value_name = "N", value_parser = units::count::<u64>, allow_hyphen_values = true)]
    pub max_table_elements: Option<u64>,
    /// Wall time, e.g. `2s` [default: none]
    #[arg(long, value_name = "DURATION", value_parser = units::duration, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,
    /// Instructions, about one unit each; metering makes the program slower [default: none]
    #[arg(long, value_name = "N", value_parser = units::count::<u64>, allow_hyphen_values = true)]
    pub fuel: Option<u64>,
    /// Open handles: descriptors, streams, sockets, pollables [default: 100000]
    #[arg(long, value_name = "N", value_parser = units::count::<usize>, allow_hyphen_values = true)]
    pub max_handles: Option<usize>,
    /// Files and sockets that are open, with the few of the host's own [default: 2048, or `ulimit -n`
    /// if that is less]
    #[arg(long, value_name = "N", value_parser = units::count::<u64>, allow_hyphen_values = true)]
    pub max_files: Option<u64>,
    /// Stack [default: 8MiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_hyphen_values = true)]
    pub max_stack: Option<u64>,
    /// What the host holds for the program: `mem:`, buffers, names, results [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_hyphen_values = true)]
    pub max_host_memory: Option<u64>,
}
