//! Programs in a row: what one writes is what the next reads, whether they are commands or typed
//! functions.
//!
//! Each stage has a store, grants and a budget of its own, and runs at the same time as the others;
//! between two of them lies a pipe of the system, which holds 64 KiB, so that a slow stage holds
//! those before it.

use std::fs::File;
use std::sync::Arc;

use crate::error::{Class, Error, Result};
use crate::run::Outcome;
use crate::runtime::Linked;
use crate::stream::Location;
use crate::stream::stdio::{Input, Output, Stdio};
use crate::typed::{self, Call, Destination, Handle, Signature};

/// One program of a pipeline.
pub struct Stage {
    /// The program; a function must have a parameter that is a stream.
    pub program: Linked,
    /// A command's words.
    pub words: Vec<String>,
    /// The call of a function.
    pub call: Option<Call>,
}

impl Stage {
    /// A stage; a function that gets no words reads `-`. `destination` is where its result goes.
    ///
    /// # Errors
    /// `Class::Usage` when a function's words don't fit it or it reads no stream, and when a
    /// command has a destination.
    pub fn new(program: Linked, words: Vec<String>, destination: Destination) -> Result<Stage> {
        let to = destination.location.clone();
        let call = program
            .signature()
            .map(|signature| call(signature, &words, destination))
            .transpose()?;
        if let (None, Some(location)) = (&call, &to) {
            return Err(Error::new(
                Class::Usage,
                format!("a command can't write to `{location}` by `-o`"),
            )
            .hint("redirect standard output, or end with a typed function"));
        }
        Ok(Stage { program, words, call })
    }
}

/// Runs the stages. The first reads from and the last writes to what `stdio` says; all share its
/// standard error.
///
/// The outcomes come in the order of the stages. Each stage has a thread of its own; dropping the
/// future leaves them to their ends.
///
/// # Errors
/// Before anything runs, `Class::Host` when the system has no more pipes.
pub async fn run(stages: Vec<Stage>, stdio: &Stdio) -> Result<Vec<Result<Outcome>>> {
    let last = stages.len().saturating_sub(1);
    let mut ready = Vec::with_capacity(stages.len());
    let mut input = stdio.stdin.clone();
    for (index, Stage { program, words, call }) in stages.into_iter().enumerate() {
        let mut output = stdio.stdout.clone();
        let mut next = Input::Nothing;
        if index < last {
            let (reader, writer) = std::io::pipe().map_err(|error| {
                Error::new(Class::Host, "the system has no more pipes").cause(error)
            })?;
            output = Output::File(Arc::new(File::from(std::os::fd::OwnedFd::from(writer))));
            next = Input::File(Arc::new(File::from(std::os::fd::OwnedFd::from(reader))));
        }
        ready.push((
            program,
            words,
            call,
            Stdio {
                stdin: std::mem::replace(&mut input, next),
                stdout: output,
                stderr: stdio.stderr.clone(),
            },
        ));
    }
    let running: Vec<_> = ready
        .into_iter()
        .map(|(program, words, call, stdio)| {
            // The ends of its pipes are closed with it, so that its neighbours see that.
            let work = async move {
                match call {
                    Some(call) => program.call(&call, &stdio).await,
                    None => program.run(&words, &stdio).await,
                }
            };
            tokio::task::spawn_blocking(move || alone(work))
        })
        .collect();
    let mut outcomes = Vec::with_capacity(running.len());
    for stage in running {
        let broken = |error| Err(Error::new(Class::Host, "a stage broke off").cause(error));
        outcomes.push(stage.await.unwrap_or_else(broken));
    }
    Ok(outcomes)
}

/// Runs one stage on this thread, with timers and sockets on another: it may wait in the middle of
/// a write for the stage behind it, which must not lie in a queue behind *it*.
fn alone(work: impl Future<Output = Result<Outcome>>) -> Result<Outcome> {
    let executor =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let executor = executor
        .map_err(|error| Error::new(Class::Host, "cannot start the host's threads").cause(error))?;
    let outcome = executor.block_on(work);
    executor.shutdown_background();
    outcome
}

/// A function's call, whose first stream is standard input if no words are given.
pub(crate) fn call(
    signature: &Signature,
    words: &[String],
    destination: Destination,
) -> Result<typed::Call> {
    let reads = |parameter: &typed::Parameter| {
        matches!(Handle::of(&parameter.ty), Some(Handle::Input | Handle::Bytes | Handle::Lines))
    };
    if !signature.parameters.iter().any(reads) {
        return Err(Error::new(
            Class::Usage,
            format!("`{}` reads no stream, so nothing can be piped into it", signature.name),
        )
        .hint("a filter has a parameter of type `input-stream` or `stream<u8>`"));
    }
    let standard = [Location::STANDARD.to_string()];
    typed::arguments(signature, if words.is_empty() { &standard } else { words }, destination)
}
