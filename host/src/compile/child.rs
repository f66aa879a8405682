//! A process that compiles one program, seen from the one that asks for it.

use std::fs::File;
use std::io::{ErrorKind, PipeReader, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::Signal;

use crate::compile::request::{CODE, REFUSED, Request};
use crate::config::Compiler;
use crate::engine::Settings;
use crate::error::{Class, Error, Result};
use crate::hint::{Hint, Setting};

/// How much is kept of what the child says on standard error.
const KEPT: usize = 4096;

/// Has a child compile a component: code, or what is wrong with the component.
///
/// # Errors
/// `Class::Denied` when it went over a limit, `Class::Host` when it can't be started or broke off.
pub(super) fn compile(
    settings: Settings,
    compiler: &Compiler,
    name: &str,
    component: &[u8],
) -> Result<Result<Vec<u8>, Vec<String>>> {
    let failed = |error: std::io::Error| {
        Error::new(Class::Host, format!("cannot start the compiler for `{name}`"))
            .cause(error)
            .hint("is a limit on open files or processes very low? `ulimit -a` shows them")
    };
    let (timeout, memory) = (compiler.timeout(component.len()), compiler.memory(component.len()));
    let threads = std::thread::available_parallelism().map_or(1, |number| number.get() as u64);
    let parent = rustix::process::getpid().as_raw_pid();
    let seconds = timeout.as_secs().saturating_add(1).saturating_mul(threads);
    let request = Request { settings, parent, memory, seconds };
    let question = question(&request, component).map_err(failed)?;
    let answer = memory_file("answer").map_err(failed)?;
    let (said, errors) = std::io::pipe().map_err(failed)?;
    let mut command = Command::new(&compiler.command);
    command.args(&compiler.args).env_clear();
    command.stdin(question).stdout(answer.try_clone().map_err(failed)?).stderr(errors);
    let mut running = Running(command.spawn().map_err(failed)?);
    // The pipe's other end is the child's alone.
    drop(command);
    let Some(said) = listen(said, Instant::now().checked_add(timeout)) else {
        return Err(too_long(name, timeout));
    };
    match running.0.wait().map_err(failed)? {
        status if status.success() => read(answer).ok_or_else(|| {
            Error::new(Class::Host, format!("the compiler's answer for `{name}` can't be read"))
        }),
        status => Err(broken_off(name, status, &said, (timeout, memory))),
    }
}

/// A child that is killed if it's left.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended and been waited for.
        if let Ok(None) = self.0.try_wait() {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A file in memory, which has no name and takes no place on a disk.
fn memory_file(name: &str) -> std::io::Result<File> {
    Ok(File::from(memfd_create(name, MemfdFlags::CLOEXEC)?))
}

fn question(request: &Request, component: &[u8]) -> std::io::Result<File> {
    let mut file = memory_file("question")?;
    file.write_all(&serde_json::to_vec(request)?)?;
    file.write_all(b"\n")?;
    file.write_all(component)?;
    file.rewind()?;
    Ok(file)
}

/// What the child says until it ends; `None` if it hasn't ended by then.
fn listen(mut pipe: PipeReader, deadline: Option<Instant>) -> Option<String> {
    let (mut kept, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.map(|left| {
            Timespec::try_from(left).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
        });
        match poll(&mut [PollFd::new(&pipe, PollFlags::IN)], left.as_ref()) {
            Ok(0) => return None,
            Err(rustix::io::Errno::INTR) => continue,
            _ => {}
        }
        match pipe.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return Some(String::from_utf8_lossy(&kept).into_owned()),
            Ok(read) => kept.extend(&buffer[..read.min(KEPT - kept.len())]),
        }
    }
}

fn read(mut answer: File) -> Option<Result<Vec<u8>, Vec<String>>> {
    let mut kind = [0];
    answer.rewind().ok()?;
    answer.read_exact(&mut kind).ok()?;
    let mut bytes = Vec::with_capacity(answer.metadata().ok()?.len() as usize);
    answer.read_to_end(&mut bytes).ok()?;
    match kind[0] {
        CODE => Some(Ok(bytes)),
        REFUSED => Some(Err(serde_json::from_slice(&bytes).ok()?)),
        _ => None,
    }
}

fn too_long(name: &str, timeout: Duration) -> Error {
    Error::new(Class::Denied, format!("compiling `{name}` takes too long"))
        .cause(format!("it wasn't done after {timeout:?}"))
        .hint(Hint::with("if you trust who made it, say {}", [Setting::CompileTimeout]))
}

/// A child that ended without an answer.
fn broken_off(
    name: &str,
    status: ExitStatus,
    said: &str,
    (timeout, memory): (Duration, u64),
) -> Error {
    // Before it compiles, it may have too little for the threads and stacks that it starts with.
    let short_of_memory = [
        "memory allocation of",
        "Cannot allocate memory",
        "os error 12",
        "failed to spawn thread",
        "WouldBlock",
    ];
    if short_of_memory.iter().any(|sign| said.contains(sign)) {
        return Error::new(Class::Denied, format!("compiling `{name}` takes too much memory"))
            .cause(format!("it would take more than {memory} bytes"))
            .hint(Hint::with("if you trust who made it, say {}", [Setting::CompileMemory]));
    }
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        return too_long(name, timeout);
    }
    let error = Error::new(Class::Host, format!("the compiler broke off at `{name}`"));
    let error = match said.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => error.cause(line.trim()),
        None => error,
    };
    error.cause(status)
}
