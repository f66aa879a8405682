//! A command that is run for each call of it as a filter, a source or a sink.

use wasmtime::component::Val;

use super::{Shared, over, too_large};
use crate::capability::stdio::{Input, Output, Stdio};
use crate::edge::{HostHandle, Transfer};
use crate::instance::deadline;
use crate::instance::exit::Exit;
use crate::stream::{HandedInput, HandedOutput};

impl Shared {
    /// Runs a command from one stream to another. What it was handed is closed when this ends.
    pub(super) async fn run(&self, arguments: Vec<Transfer>) -> Result<Option<Transfer>, String> {
        let (stdio, output) = self.streams(arguments);
        let mut instance =
            self.instance(&stdio).map_err(|error| format!("can't be started: {error}"))?;
        let limit = instance.budget().timeout;

        let running = instance.within(limit, async |instance| instance.run().await);
        let code = match running.await.ok_or_else(|| over(limit))? {
            Ok(code) => code,
            Err(error) => match Exit::of(error, instance.budget()) {
                Exit::Code(code) => code,
                Exit::Trap(trap) if trap.frames.is_empty() => {
                    return Err(
                        too_large(&instance).unwrap_or_else(|| Exit::Trap(trap).to_string())
                    );
                }
                exit => {
                    self.note_budgets(&instance);
                    return Err(exit.to_string());
                }
            },
        };
        if code != 0 {
            self.note_budgets(&instance);
        }

        // What it may still hold of the stream goes first.
        drop(instance);
        if let Some(output) = output {
            let finishing = tokio::task::unconstrained(output.finish());
            let finished = deadline::limited(limit, finishing).await;
            let finished = finished.ok_or_else(|| over(limit))?;
            finished.map_err(|error| format!("couldn't write its output: {error}"))?;
        }
        if code != 0 {
            return Err(format!("exited with code {code}"));
        }
        Ok(Some(Transfer::plain(Val::Result(Ok(None)))))
    }

    /// The standard streams of a command that is run with streams for arguments, and the one that it
    /// writes to.
    fn streams(&self, arguments: Vec<Transfer>) -> (Stdio, Option<HandedOutput>) {
        let mut stdio = Stdio { stdin: Input::Nothing, stdout: Output::Nothing, ..self.stdio() };
        let mut output = None;
        for handle in arguments.into_iter().flat_map(Transfer::into_handles) {
            match handle {
                HostHandle::Input(stream) => stdio.stdin = Input::Handed(HandedInput::new(stream)),
                HostHandle::Output(stream) => {
                    let stream = output.insert(HandedOutput::new(stream));
                    stdio.stdout = Output::Handed(stream.clone());
                }
                // No function of a filter, source or sink has one.
                HostHandle::Descriptor(_)
                | HostHandle::Own(_)
                | HostHandle::Connection(_)
                | HostHandle::Stream(_)
                | HostHandle::Future(_) => {}
            }
        }
        (stdio, output)
    }
}
