//! Programs behind files: a filter that a guest writes to and reads from by opening a path.

use std::sync::Arc;

use crate::account::Accounts;
use crate::error::Result;
use crate::pipeline;
use crate::run::{Exit, Outcome};
use crate::runtime::Linked;
use crate::stream::stdio::{Input, Output, Stdio};
use crate::stream::{Conversation, Mounted, Opened};
use crate::typed::{Call, Destination};

/// Has a program stand at a path: a command, or a function that reads a stream. Each time the file
/// is opened it's started anew, in a store of its own; what is written is its input, what is read
/// its output. Its input ends when whoever wrote it reads and the program has read everything, or
/// when the file is closed. `errors` is where its standard error goes.
///
/// # Errors
/// `Class::Usage` when it's a function that reads no stream.
pub fn as_file(name: &str, linked: Linked, errors: Output) -> Result<Arc<dyn Mounted>> {
    let call = linked
        .signature()
        .map(|signature| pipeline::call(signature, &[], Destination::default()))
        .transpose()?;
    // What it says is bounded for all its runs together.
    let listener = linked.listener().bounded(Some(name));
    let linked = linked.telling(listener);
    Ok(Arc::new(Program { name: name.to_owned(), linked, call, errors }))
}

struct Program {
    name: String,
    linked: Linked,
    call: Option<Call>,
    errors: Output,
}

impl Mounted for Program {
    fn open(&self, run: &Accounts) -> Box<dyn Opened> {
        let linked = self.linked.clone().within(run.clone());
        let (name, call, stderr) = (self.name.clone(), self.call.clone(), self.errors.clone());
        Box::new(Conversation::new(move |input, output| {
            Box::pin(async move {
                let stdio = Stdio {
                    stdin: Input::Handed(input),
                    stdout: Output::Handed(output.clone()),
                    stderr,
                };
                let outcome = match &call {
                    Some(call) => linked.call(call, &stdio).await,
                    None => linked.run(&[], &stdio).await,
                };
                match outcome {
                    Ok(outcome) => ended(&name, &outcome)?,
                    Err(error) => return Err(format!("`{name}`: {error}")),
                }
                output.finish().await.map_err(|error| format!("`{name}`: {error}"))
            })
        }))
    }
}

/// How a run ended, if not well; with what it was refused, since it's granted nothing.
fn ended(name: &str, outcome: &Outcome) -> Result<(), String> {
    let how = match &outcome.exit {
        Exit::Code(0) | Exit::ReaderGone => return Ok(()),
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::Trap(trap) => format!("trapped: {}", trap.message),
        Exit::Timeout => "went over its time limit".to_owned(),
    };
    let refused: String =
        outcome.denials.iter().map(|denial| format!("; it may not {}", denial.what)).collect();
    Err(format!("`{name}`, behind a mounted file, {how}{refused}"))
}
