//! A program as a server uses it: how it's asked, and the instances that are.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::Request;
use wasmtime_wasi_http::WasiBody;

use crate::account::Accounts;
use crate::capability::stdio::{Input, Output, Stdio};
use crate::config::Budget;
use crate::error::{Class, Error, Result};
use crate::instance::{Answering, Exit, Instance, Ready, Start, is_ours};
use crate::pipeline;
use crate::policy::Denial;
use crate::run::Outcome;
use crate::runtime::Linked;
use crate::serve::event::{Event, Listener};
use crate::stream::Connection;
use crate::typed::{self, Call, Destination, Handle};

/// How a program is asked.
#[derive(Clone, Debug)]
pub enum Kind {
    /// For each HTTP request, by `wasi:http`.
    Http,
    /// By a function from a stream to a stream.
    Filter(Call),
    /// By a function that is handed a connection.
    Handler,
    /// By its main, with the streams for its standard ones.
    Command,
}

/// A program that is asked by many tasks at once. Its directories are open.
pub struct Service {
    linked: Linked,
    ready: Arc<Ready>,
    kind: Kind,
    args: Vec<String>,
    /// What its instances write to beside their answers.
    stdio: Stdio,
    /// What all of its instances may have the host hold.
    run: Accounts,
    events: Listener,
    /// How often an instance is asked.
    reuse: u64,
    /// Those that wait to be asked again, and how often they were.
    idle: Mutex<Vec<Idle>>,
}

/// An instance between two requests.
struct Idle {
    instance: Instance,
    /// How often it was asked.
    used: u64,
    /// How many refusals were told.
    told: usize,
}

/// Why a request got no answer, or not all of one. It has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The guest failed.
    Failed,
    /// There is no place for it now.
    Busy,
}

/// What a service is made with.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Where its guests write beside their answers.
    pub stdio: Stdio,
    /// Who hears of what happens.
    pub events: Listener,
    /// How often an instance is asked.
    pub reuse: u64,
}

impl Service {
    /// Opens what the program's instances use.
    ///
    /// # Errors
    /// As [`Linked::ready`], and `Class::Usage` when it's a function that no server calls.
    pub(super) fn new(linked: Linked, setting: &Setting) -> Result<Service> {
        // Each instance has its own budget; what the host holds is the server's, all together.
        let most = Budget { memory: u64::MAX, table_elements: u64::MAX, ..linked.most() };
        let run = most.accounts(None);
        let linked = linked.within(run.clone());
        let ready = linked.ready()?;
        Ok(Service {
            kind: kind(&linked)?,
            args: vec![linked.name().to_owned()],
            linked,
            ready,
            stdio: Stdio { stdin: Input::Nothing, ..setting.stdio.clone() },
            run,
            events: setting.events.clone(),
            reuse: setting.reuse,
            idle: Mutex::default(),
        })
    }

    /// How it's asked.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.linked.name()
    }

    /// How long one request may take, if that was said.
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.ready.program().budget.timeout
    }

    /// Makes an instance and gives it up, to see that it starts.
    ///
    /// # Errors
    /// `Class::Program` when it doesn't.
    pub(super) async fn probe(&self) -> Result<()> {
        let mut instance = self.instance()?;
        let limit = instance.budget().timeout;
        let prepared = instance.within(limit, async |instance| instance.prepare().await).await;
        let why = match prepared {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => match is_ours(&error) {
                Some(error) => return Err(error),
                None => Exit::of(error, instance.budget()).to_string(),
            },
            None => Exit::Timeout.to_string(),
        };
        let what = format!("`{}` doesn't start", self.name());
        Err(Error::new(Class::Program, what).cause(why))
    }

    /// Has an instance answer an HTTP request. `asked` is the request, for messages.
    pub(super) async fn answer(
        self: Arc<Self>,
        request: Request<WasiBody>,
        answering: Answering,
        asked: String,
    ) -> Result<(), Cut> {
        let mut idle = match self.take() {
            Ok(idle) => idle,
            Err(error) => return Err(self.failed(&asked, error.to_string())),
        };
        // As in `Instance::within`: epoch ticks give others their turn.
        let answered = tokio::task::unconstrained(idle.instance.answer(request, answering)).await;
        self.tell_refusals(&mut idle);
        match answered {
            Ok(()) => {
                self.put_back(idle);
                Ok(())
            }
            Err(error) => {
                if error.is::<wasmtime::PoolConcurrencyLimitError>() {
                    return Err(Cut::Busy);
                }
                let why = match is_ours(&error) {
                    Some(error) => error.to_string(),
                    None => Exit::of(error, idle.instance.budget()).to_string(),
                };
                Err(self.failed(&asked, why))
            }
        }
    }

    /// Runs the program from a stream to a stream, with variables of this run, and with words, of
    /// which the first is its own name. `asked` is what was
    /// asked, for messages.
    pub(super) async fn run(
        &self,
        (stdin, stdout): (Input, Output),
        (args, env): (&[String], &[(String, String)]),
        asked: &str,
    ) -> Result<Outcome, Cut> {
        let stdio = Stdio { stdin, stdout, stderr: self.stdio.stderr.clone() };
        let outcome = match &self.kind {
            Kind::Filter(call) => self.linked.call(call, &stdio).await,
            _ if args.is_empty() => self.linked.run_with(&[], env, &stdio).await,
            _ => self.linked.run_as(args, env, &stdio).await,
        };
        let outcome = outcome.map_err(|error| self.failed(asked, error.to_string()))?;
        self.tell(outcome.denials.clone(), outcome.left_out);
        let broken = outcome.failures.first().map(|failure| failure.to_string());
        let well = matches!(outcome.exit, Exit::Code(0) | Exit::ReaderGone);
        match (&self.kind, well, broken) {
            (_, true, None) | (Kind::Command, _, None) => Ok(outcome),
            (_, true, Some(why)) => Err(self.failed(asked, why)),
            (_, false, _) => Err(self.failed(asked, outcome.exit.to_string())),
        }
    }

    /// Runs the program for an event: `input` is what it reads, and what it writes goes where the
    /// server's guests write.
    pub(super) async fn occur(
        &self,
        input: Input,
        words: (&[String], &[(String, String)]),
        asked: &str,
    ) -> Result<Outcome, Cut> {
        self.run((input, self.stdio.stdout.clone()), words, asked).await
    }

    /// Hands the program a connection.
    ///
    /// # Errors
    /// When it broke off: it trapped, or its time was up. An error that it returns is told, and is
    /// its own end.
    pub(super) async fn handle(&self, connection: Connection, asked: &str) -> Result<(), Cut> {
        let (outcome, sentence) = match self.linked.connection(connection, &self.stdio).await {
            Ok(ended) => ended,
            Err(error) => return Err(self.failed(asked, error.to_string())),
        };
        self.tell(outcome.denials, outcome.left_out);
        match (outcome.exit, sentence) {
            (Exit::Code(0), _) => Ok(()),
            (Exit::Code(1), Some(sentence)) => {
                self.failed(asked, sentence);
                Ok(())
            }
            (exit, _) => Err(self.failed(asked, exit.to_string())),
        }
    }

    /// Tells that a request failed.
    pub(super) fn failed(&self, asked: &str, why: String) -> Cut {
        let guest = self.name().to_owned();
        self.events.emit(Event::Failed { guest, request: asked.to_owned(), why });
        Cut::Failed
    }

    fn instance(&self) -> Result<Instance> {
        let Service { args, stdio, run, .. } = self;
        self.ready.instance_of(&Start { args, env: &[], stdio, within: Some(run) })
    }

    fn take(&self) -> Result<Idle> {
        if self.reuse > 1
            && let Some(idle) = self.waiting().pop()
        {
            return Ok(idle);
        }
        Ok(Idle { instance: self.instance()?, used: 0, told: 0 })
    }

    fn put_back(&self, mut idle: Idle) {
        idle.used += 1;
        if idle.used < self.reuse && idle.instance.refuel() {
            self.waiting().push(idle);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn tell_refusals(&self, idle: &mut Idle) {
        let denials = &idle.instance.context().denials;
        if denials.count() > idle.told {
            let new = denials.list().split_off(idle.told);
            idle.told += new.len();
            self.tell(new, denials.left_out());
        }
    }

    fn tell(&self, denials: Vec<Denial>, left_out: u64) {
        if !denials.is_empty() {
            let guest = self.name().to_owned();
            self.events.emit(Event::Refused { guest, denials, left_out });
        }
    }
}

fn kind(linked: &Linked) -> Result<Kind> {
    if linked.answers_requests() {
        return Ok(Kind::Http);
    }
    let Some(signature) = linked.signature() else { return Ok(Kind::Command) };
    let connection = |parameter: &crate::typed::Parameter| {
        matches!(Handle::of(&parameter.ty), Some(Handle::Connection))
    };
    if signature.parameters.iter().any(connection) {
        return Ok(Kind::Handler);
    }
    let reads = pipeline::call(signature, &[], Destination::default());
    match typed::arguments(signature, &[], Destination::default()) {
        // It needs no words, so it may be a source.
        Ok(call) if reads.is_err() => Ok(Kind::Filter(call)),
        _ => reads.map(Kind::Filter),
    }
}
