//! From what was typed to what the library takes. All problems are found here, before anything
//! starts.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use forebay::app::MountSpec;
use forebay::capability::stdio::{Input, Output, Stdio};
use forebay::config::{self, Budget, CacheConfig, Compiler, Config, Limit, Limits};
use forebay::error::{Class, Error, Result};
use forebay::load;
use forebay::policy::{Grants, NetRule, Preopens};
use forebay::typed::{self, Destination};

use crate::args::{
    Adapter, BudgetFlags, CodeFlags, CompileFlags, FdOrder, Format, GrantFlags, LegacyFlags,
    LimitFlags, Net, ResultFlags, Stream,
};
use crate::clock::Clock;
use crate::progress;
use crate::report::Printer;

/// The cache directory: `$XDG_CACHE_HOME/forebay`, else `$HOME/.cache/forebay`; `None` when neither
/// is set.
pub fn cache_directory() -> Option<PathBuf> {
    let base = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base("XDG_CACHE_HOME").or_else(|| Some(base("HOME")?.join(".cache")));
    base.map(|base| base.join("forebay"))
}

/// The runtime's settings.
pub fn config(
    code: Option<&CodeFlags>,
    compile: &CompileFlags,
    budget: &BudgetFlags,
    (printer, clock): (&Printer, &Clock),
) -> Config {
    let cached = code.is_some_and(|code| !code.no_cache);
    Config {
        cache: cache_directory().filter(|_| cached).map(CacheConfig::new),
        adapter: adapter(code.map_or(Adapter::Auto, |code| code.adapter)),
        legacy: code.map_or_else(config::Legacy::default, |code| legacy(&code.legacy)),
        allow_precompiled: code.is_some_and(|code| code.allow_precompiled),
        // The process ends with its one guest, and takes one that spins along.
        interruptible: false,
        tls_ca: None,
        compiler: Some(Compiler {
            timeout: compile.compile_timeout,
            memory: compile.compile_memory,
            ..compiler()
        }),
        limits: limits(&compile.limits),
        budget: self::budget(budget),
        listener: progress::listener(*printer, clock.clone()),
    }
}

/// A process like this one, which compiles.
pub fn compiler() -> Compiler {
    Compiler::new("/proc/self/exe", ["compiler".into()])
}

/// How large a program may be.
pub fn limits(flags: &LimitFlags) -> Limits {
    let set = |limits: Limits, set: &config::Set| limits.with(set.limit, set.most);
    flags.code_limits.iter().fold(Limits::default(), set)
}

/// Which adapter the library takes.
pub fn adapter(adapter: Adapter) -> config::Adapter {
    match adapter {
        Adapter::Auto => config::Adapter::Auto,
        Adapter::Forebay => config::Adapter::Forebay,
        Adapter::Official => config::Adapter::Official,
    }
}

/// What a legacy module is wrapped for.
pub fn legacy(flags: &LegacyFlags) -> config::Legacy {
    config::Legacy {
        sockets: flags.sockets,
        strict_imports: flags.strict_imports,
        wasi_patch: flags.target_wasi.unwrap_or(config::Legacy::NEWEST),
        preopened_sockets: false,
        unix_sockets: false,
    }
}

fn budget(flags: &BudgetFlags) -> Budget {
    let default = Budget::default();
    Budget {
        memory: flags.max_memory.unwrap_or(default.memory),
        table_elements: flags.max_table_elements.unwrap_or(default.table_elements),
        timeout: flags.timeout,
        fuel: flags.fuel,
        handles: flags.max_handles.unwrap_or(default.handles),
        stack: flags
            .max_stack
            .map_or(default.stack, |size| usize::try_from(size).unwrap_or(usize::MAX)),
        host_memory: flags.max_host_memory.unwrap_or(default.host_memory),
    }
}

/// The guest's grants.
///
/// # Errors
/// `Class::Usage` when a variable that is passed on isn't text.
pub fn grants(flags: &GrantFlags, printer: &Printer) -> Result<Grants> {
    let mut env = Vec::new();
    if flags.env_inherit {
        for (key, value) in std::env::vars_os() {
            match (key.into_string(), value.into_string()) {
                (Ok(key), Ok(value)) => env.push((key, value)),
                (key, _) => printer.warning(
                    &format!("the variable {key:?} is not UTF-8 and isn't passed on"),
                    None,
                ),
            }
        }
    }
    for text in &flags.env {
        match text.split_once('=') {
            Some(("", _)) => {
                return Err(Error::new(Class::Usage, format!("`{text}` names no variable"))
                    .hint("write `--env NAME=VALUE`"));
            }
            Some((key, value)) => env.push((key.to_owned(), value.to_owned())),
            None if text.is_empty() => {
                return Err(Error::new(Class::Usage, "`--env ''` names no variable")
                    .hint("write `--env NAME=VALUE`, or `--env NAME` to pass one on"));
            }
            None => match std::env::var(text) {
                Ok(value) => env.push((text.clone(), value)),
                Err(std::env::VarError::NotPresent) => {
                    printer.warning(
                        &format!("the variable `{text}` is not set and isn't passed on"),
                        None,
                    );
                }
                Err(error) => {
                    return Err(Error::new(
                        Class::Usage,
                        format!("the variable `{text}` can't be passed on"),
                    )
                    .cause(error));
                }
            },
        }
    }
    let net = flags.net.iter().flat_map(|net| match net {
        Net::All => NetRule::all(),
        Net::Rule(rule) => vec![rule.clone()],
    });
    let preopens = Preopens {
        sockets: flags.listen.iter().chain(&flags.dial).cloned().collect(),
        before_directories: flags.fd_order == FdOrder::Sockets,
        in_environment: flags.listen_fds,
    };
    let mounted = flags.root.iter().chain(&flags.mounts).filter_map(MountSpec::granted);
    let directories = flags.directories.iter().cloned().chain(mounted).collect();
    let cwd = flags.cwd.clone();
    Ok(Grants { directories, env, net: net.collect(), preopens, cwd })
}

/// What is mounted for a guest, but for directories, which are among its grants.
pub fn mounts(flags: &GrantFlags) -> Vec<MountSpec> {
    let all = flags.root.iter().chain(&flags.mounts);
    all.filter(|mount| mount.granted().is_none()).cloned().collect()
}

/// Where a typed function's result goes.
///
/// # Errors
/// `Class::Usage` when the place can't be written to.
pub fn destination(flags: &ResultFlags) -> Result<Destination> {
    let format = match flags.output {
        None => typed::Format::Plain,
        Some(Format::Json) => typed::Format::Json,
        Some(Format::Wave) => typed::Format::Wave,
    };
    let location = flags.destination.as_deref().map(typed::destination).transpose()?;
    Ok(Destination { location, format, append: flags.append })
}

/// The guest's standard streams.
pub fn stdio(flags: &GrantFlags) -> Stdio {
    let output = |stream| if stream == Stream::Inherit { Output::Inherit } else { Output::Nothing };
    Stdio {
        stdin: if flags.stdin == Stream::Inherit { Input::Inherit } else { Input::Nothing },
        stdout: output(flags.stdout),
        stderr: output(flags.stderr),
    }
}

/// The program's name and bytes; `-` is standard input.
///
/// # Errors
/// As [`load::read`], and `Class::Host` when standard input can't be read.
pub fn program(path: &OsStr, limits: &Limits) -> Result<(String, Vec<u8>)> {
    let most = limits.get(Limit::Size);
    if path != "-" {
        let path = Path::new(path);
        return Ok((path.display().to_string(), load::read(path, most)?));
    }
    Ok(("-".to_owned(), load::whole("-", std::io::stdin().lock(), most)?))
}

/// The guest's arguments as text, which is what WASI passes.
///
/// # Errors
/// `Class::Usage` when one isn't UTF-8.
pub fn arguments(args: &[OsString]) -> Result<Vec<String>> {
    let text = |arg: &OsString| {
        arg.clone().into_string().map_err(|arg| {
            Error::new(Class::Usage, format!("the argument {arg:?} is not UTF-8"))
                .cause("WASI passes arguments as text")
        })
    };
    args.iter().map(text).collect()
}
