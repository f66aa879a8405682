//! How a guest ended: its own exit code, a trap with its backtrace, or a budget that ran out.

use std::fmt;

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap as Fault, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::account::OverBudget;
use crate::capability::stdio::ReaderGone;
use crate::config::Budget;
use crate::edge::Failed;
use crate::error::{Class, Error, texts};
use crate::excerpt::{excerpt, written};
use crate::hint::{Hint, Setting};

/// How long a name may be that is shown, in bytes.
const NAME: usize = 1024;
/// Of longer ones, nobody made out what they were before they were mangled.
const MANGLED: usize = 4096;

/// How a guest ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(u8),
    /// By a trap.
    Trap(Trap),
    /// Its time was up.
    Timeout,
    /// Nobody reads its standard output any more; native programs end by SIGPIPE then.
    ReaderGone,
}

/// Why a guest trapped, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// What happened. It can hold text chosen by the guest.
    pub message: String,
    /// The budget that ran out, if one did.
    pub budget: Option<Setting>,
    /// What to do about it, where we know.
    pub hint: Option<Hint>,
    /// The wasm functions that were active, innermost first.
    pub frames: Vec<Frame>,
}

/// One active wasm function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The module's name, where it has one.
    pub module: Option<String>,
    /// The function's name, demangled, or its index.
    pub function: String,
    /// The offset in the module's binary, in bytes.
    pub offset: Option<usize>,
    /// `file:line:column`, where the module has debug information.
    pub source: Option<String>,
}

impl Frame {
    /// Whether it's of this guest of a graph, whose modules are named after it.
    pub(crate) fn is_of(&self, guest: &str) -> bool {
        let rest = self.module.as_deref().and_then(|module| module.strip_prefix(guest));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// How it ended, after its name.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exited with code {code}"),
            Exit::Trap(trap) if trap.budget.is_some() => {
                f.write_str(trap.message.trim_start_matches("it "))
            }
            Exit::Trap(trap) => {
                write!(f, "trapped: {}", trap.message)?;
                match trap.frames.first() {
                    Some(frame) => write!(f, ", at `{}`", frame.function),
                    None => Ok(()),
                }
            }
            Exit::ReaderGone => f.write_str("wrote to standard output, whose reader has gone"),
            Exit::Timeout => f.write_str("ran out of time"),
        }
    }
}

impl Exit {
    /// Reads an engine's error.
    pub(crate) fn of(error: wasmtime::Error, budget: &Budget) -> Exit {
        if let Some(exit) = error.downcast_ref::<I32Exit>() {
            return Exit::Code(exit.0 as u8);
        }
        if error.is::<ReaderGone>() {
            return Exit::ReaderGone;
        }
        let frames = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        let (message, setting, hint) = explain(&error, budget);
        Exit::Trap(Trap { message, budget: setting, hint, frames })
    }
}

/// Whether it's the system that gave us too little, and not the guest that failed: before it ran,
/// the engine reserves memory for it.
pub(crate) fn is_ours(error: &wasmtime::Error) -> Option<Error> {
    if error.is::<WasmBacktrace>() {
        return None;
    }
    let short = |link: &(dyn std::error::Error + 'static)| {
        let number = match link.downcast_ref::<std::io::Error>() {
            Some(error) => error.raw_os_error(),
            None => link.downcast_ref::<rustix::io::Errno>().map(|errno| errno.raw_os_error()),
        };
        matches!(number, Some(libc::ENOMEM | libc::EAGAIN | libc::EMFILE | libc::ENFILE))
    };
    error.chain().any(short).then(|| {
        Error::new(Class::Host, "cannot give the program its memory").chain(error.chain()).hint(
            "the host reserves 4 GiB of address space for each memory: is that limited (`ulimit -v`)?",
        )
    })
}

fn explain(error: &wasmtime::Error, budget: &Budget) -> (String, Option<Setting>, Option<Hint>) {
    let over = |what: String, setting: Setting, words| {
        (what, Some(setting.clone()), Some(Hint::with(words, [setting])))
    };
    if matches!(error.downcast_ref::<ResourceTableError>(), Some(ResourceTableError::Full))
        || handles_full(error)
    {
        let what = format!("it went over its handle budget of {}", budget.handles);
        return over(what, Setting::Handles, "raise it with {}, if the program doesn't leak them");
    }
    if error.is::<OverBudget>() || copied_too_much(error) {
        return over(
            OverBudget { limit: budget.host_memory }.to_string(),
            Setting::HostMemory,
            "raise it with {}, if the program needs so much",
        );
    }
    if let Some(failed) = error.downcast_ref::<Failed>() {
        return (failed.to_string(), None, None);
    }
    match error.downcast_ref::<Fault>() {
        Some(Fault::OutOfFuel) => over(
            format!("it went over its fuel budget of {}", budget.fuel.unwrap_or_default()),
            Setting::Fuel,
            "raise it with {}",
        ),
        Some(Fault::StackOverflow) => over(
            format!("it went over its stack budget of {} bytes", budget.stack),
            Setting::Stack,
            "raise it with {}, if the recursion isn't endless",
        ),
        Some(Fault::CannotLeaveComponent) => (
            "it called an import while memory was being allocated for it".into(),
            None,
            Some(
                "old linkers wrap every export, `cabi_realloc` too, in constructor calls: link it with a start file that \
                 calls `__wasm_call_ctors` once"
                    .into(),
            ),
        ),
        Some(fault) => (fault.to_string().trim_start_matches("wasm trap: ").to_owned(), None, None),
        None => (root_message(error), None, None),
    }
}

/// Whether the engine refused to copy so much out of a guest; it has no error type for that.
fn copied_too_much(error: &wasmtime::Error) -> bool {
    texts(error.chain()).any(|text| text.contains("fuel allocated for hostcalls"))
}

/// Whether the host's or the engine's own table of handles was full; neither has an error type for
/// that in every place.
fn handles_full(error: &wasmtime::Error) -> bool {
    let full = ["resource table has no free keys", "store handle limit exceeded"];
    texts(error.chain()).any(|text| full.iter().any(|part| text.contains(part)))
}

/// The innermost text of an error that isn't a backtrace.
fn root_message(error: &wasmtime::Error) -> String {
    texts(error.chain()).collect::<Vec<_>>().join(": ")
}

fn frames(trace: &WasmBacktrace) -> Vec<Frame> {
    let name = |frame: &wasmtime::FrameInfo| {
        let symbol = frame.symbols().first().and_then(|symbol| symbol.name());
        let raw = symbol.or(frame.func_name());
        raw.map_or_else(|| format!("function {}", frame.func_index()), demangle)
    };
    let source = |frame: &wasmtime::FrameInfo| {
        let symbol = frame.symbols().first()?;
        let position =
            symbol.line().map(|line| format!(":{line}:{}", symbol.column().unwrap_or_default()));
        Some(format!("{}{}", excerpt(&symbol.file()?, NAME), position.unwrap_or_default()))
    };
    let frame = |frame: &wasmtime::FrameInfo| Frame {
        module: frame.module().name().map(|name| excerpt(&name, NAME)),
        function: name(frame),
        offset: frame.module_offset(),
        source: source(frame),
    };
    trace.frames().iter().map(frame).collect()
}

/// A function's name as its programmer wrote it, if it's mangled as Rust or C++ do.
fn demangle(name: &str) -> String {
    let mangled = (name.len() <= MANGLED).then_some(name);
    if let Some(Ok(rust)) = mangled.map(rustc_demangle::try_demangle)
        && let Some(text) = written(NAME, |out| write!(out, "{rust:#}"))
    {
        return text;
    }

    let symbol = mangled.and_then(|name| cpp_demangle::Symbol::new(name).ok());
    let text = symbol.and_then(|symbol| {
        written(NAME, |mut out| symbol.structured_demangle(&mut out, &Default::default()))
    });
    text.unwrap_or_else(|| excerpt(&name, NAME))
}
