//! The flags that grant a program something.

use clap::{Args as Group, ValueEnum, ValueHint};
use forebay::app::MountSpec;
use forebay::error::{Class, Error};
use forebay::policy::{Directory, NetRule, Preopen};

/// What the program may use.
#[derive(Debug, Group)]
#[command(next_help_heading = "Grants (nothing is granted by default)")]
pub struct GrantFlags {
    /// Grant a directory, to read and write unless `::ro` is added
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_hint = ValueHint::DirPath)]
    pub directories: Vec<Directory>,
    /// Have something stand at a path: `DIR[::ro]`, `mem:`, `embed:FILE`, `overlay:SPEC`,
    /// `component:FILE`; e.g. `/tmp=mem:`
    ///
    /// `mem:[NAME][?max=SIZE]` is memory, empty at first; guests share one that has a name.
    /// `embed:FILE` is a tar (also .gz) or zip. `overlay:SPEC[?upper=DIR|mem:][&max=SIZE]` keeps
    /// changes above a directory or archive, which stays as it is.
    /// `component:FILE` is a program behind a file: what is written to it is the program's input,
    /// what is read its output. The program is a command or a function that reads a stream; it's
    /// granted nothing, and started anew each time the file is opened.
    #[arg(long = "mount", value_name = "PATH=SPEC", value_hint = ValueHint::FilePath)]
    pub mounts: Vec<MountSpec>,
    /// Have everything below `/` be SPEC, as `--mount /=SPEC` has it, e.g. `embed:rootfs.tar`
    #[arg(long, value_name = "SPEC", value_hint = ValueHint::AnyPath, value_parser = root)]
    pub root: Option<MountSpec>,
    /// Where relative paths start: what a program asks for, and the variable PWD
    #[arg(long, value_name = "PATH", value_parser = cwd)]
    pub cwd: Option<String>,
    /// Set a variable, or pass on one of ours by its name
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// Pass on all of our environment
    #[arg(long)]
    pub env_inherit: bool,
    /// Grant network access: `tcp://HOST:PORT`, `udp://HOST:PORT`, `listen+tcp://ADDR:PORT`, or
    /// `all`
    ///
    /// A host is a name, `*.SUFFIX`, an address, a CIDR block or `*`; a port is a number, a range
    /// or `*`. A name may be looked up if a rule names it, and what it resolves to may be reached.
    #[arg(long, value_name = "RULE", value_parser = net)]
    pub net: Vec<Net>,
    /// Give a preview-1 program a listening socket: `tcp://ADDR:PORT?nonblock=1&backlog=128`; port
    /// 0 is reported
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

fn root(text: &str) -> Result<MountSpec, Error> {
    MountSpec::new("/", text)
}

fn cwd(text: &str) -> Result<String, Error> {
    let wrong = |why: &str| {
        Error::new(Class::Usage, format!("`{text}` can't be the working directory"))
            .cause(why)
            .hint("write it whole, e.g. `--cwd /work`")
    };
    match text {
        text if !text.starts_with('/') => Err(wrong("it isn't an absolute path of the program's")),
        text if text.contains('\0') => Err(wrong("it holds a NUL byte")),
        text => Ok(text.to_owned()),
    }
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
