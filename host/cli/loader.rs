//! Loads what is served, again and again: on a thread of its own, which stays outside the wall that
//! the guests' threads are in.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use forebay::app::{GuestSpec, is_description};
use forebay::config::Config;
use forebay::error::{Class, Error, Result};
use forebay::launch;
use forebay::runtime::Runtime;
use forebay::serve::Served;
use tokio::sync::oneshot;

use crate::app;
use crate::args::Serve;
use crate::ceiling;
use crate::clock::Clock;
use crate::limits;
use crate::report::Printer;
use crate::settings;

/// Handles that a guest may have open, if nothing is said: there are many guests.
const HANDLES: usize = 10_000;

/// A file, as it was when it was looked at.
type Stamp = (PathBuf, Option<(SystemTime, u64)>);

/// Who loads what is served.
pub struct Loader {
    orders: Sender<oneshot::Sender<Result<Served>>>,
    flags: Arc<Serve>,
    /// The files, as they were when they were loaded last.
    seen: Mutex<Vec<Stamp>>,
}

impl Loader {
    /// Starts the thread.
    ///
    /// # Errors
    /// `Class::Host` when the system gives none.
    pub fn start(flags: Arc<Serve>, printer: Printer) -> Result<Loader> {
        let (orders, taken) = channel();
        let own = flags.clone();
        let work = move || work(&own, &printer, taken);
        let thread = std::thread::Builder::new().name("forebay-loader".to_owned()).spawn(work);
        thread.map_err(|error| {
            Error::new(Class::Host, "cannot start the host's threads").cause(error)
        })?;
        Ok(Loader { orders, flags, seen: Mutex::default() })
    }

    /// Loads and links the program.
    ///
    /// # Errors
    /// What keeps it from being served.
    pub async fn load(&self) -> Result<Served> {
        self.order().await.unwrap_or_else(|_| Err(broken()))
    }

    /// [`load`](Loader::load) on this thread.
    ///
    /// # Errors
    /// As [`load`](Loader::load).
    pub fn load_blocking(&self) -> Result<Served> {
        self.order().blocking_recv().unwrap_or_else(|_| Err(broken()))
    }

    /// Whether a file of the program has changed since it was loaded last, and isn't changing now.
    pub fn has_changed(&self) -> bool {
        let now = stamps(&self.flags);
        let whole = now.iter().all(|(_, stamp)| stamp.is_some());
        whole && *self.seen() != now
    }

    fn order(&self) -> oneshot::Receiver<Result<Served>> {
        *self.seen() = stamps(&self.flags);
        let (answer, answered) = oneshot::channel();
        // If the thread has gone, so has what it would answer by.
        let _ = self.orders.send(answer);
        answered
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Stamp>> {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn broken() -> Error {
    Error::new(Class::Host, "what loads programs broke off")
}

fn work(flags: &Serve, printer: &Printer, orders: Receiver<oneshot::Sender<Result<Served>>>) {
    while let Ok(answer) = orders.recv() {
        // Whoever asked may have gone.
        let _ = answer.send(load(flags, printer));
    }
}

/// The files of what is served: the program or the manifest, and those of `--with`.
fn stamps(flags: &Serve) -> Vec<Stamp> {
    let with = flags.guests.with.iter().map(|text| text.rsplit('=').next().unwrap_or(text));
    let paths = std::iter::once(Path::new(&flags.program)).chain(with.map(Path::new));
    let stamp = |path: &Path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.modified().ok()?, data.len()))
    };
    paths.map(|path| (path.to_owned(), stamp(path))).collect()
}

fn load(flags: &Serve, printer: &Printer) -> Result<Served> {
    let grants = settings::grants(&flags.grants, printer)?;
    if !grants.preopens.sockets.is_empty() {
        return Err(Error::new(Class::Usage, "a served program can't be given open sockets")
            .hint("leave out `--listen` and `--dial`: the server listens"));
    }
    let config = config(flags, printer);
    let sizes = config.limits.clone();
    let runtime = Runtime::new(config)?;
    // One beside those of requests, which shows that a new generation starts.
    let places =
        u32::try_from(limits::of(&flags.limits).in_flight).unwrap_or(u32::MAX).saturating_add(1);

    let path = &flags.program;
    if flags.guests.with.is_empty() && !is_description(path.as_ref()) {
        ceiling::without_manifest(&flags.guests, &path.to_string_lossy())?;
        let program = runtime.load_file_blocking(path.as_ref())?;
        let mounted = launch::mount(&runtime, program, &settings::mounts(&flags.grants))?;
        let linked = mounted.link_service(&grants, places)?;
        let mut others: Vec<GuestSpec> = linked.others().cloned().collect();
        app::grant_composed(&mut others, &flags.guests.grant, printer)?;
        return Ok(launch::guests(&runtime, linked, &others)?.into());
    }

    let mut app = app::open(path, &flags.guests, &sizes, printer)?;
    app::describe(app.guests(), printer);
    let mounts = settings::mounts(&flags.grants);
    app.amend(GuestSpec { grants, mounts, ..GuestSpec::new(&app.main().name) })?;
    Served::link_blocking(&app, &runtime, |program, grants| program.link_service(grants, places))
}

fn config(flags: &Serve, printer: &Printer) -> Config {
    let code = &flags.code;
    let mut config =
        settings::config(Some(code), &code.compile, &flags.budget, (printer, &Clock::none()));
    // A guest that computes must not keep others from their turn.
    config.interruptible = true;
    config.legacy.unix_sockets = !flags.grants.directories.is_empty();
    config.tls_ca = flags.tls_ca.clone();
    if flags.budget.max_handles.is_none() {
        config.budget.handles = HANDLES;
    }
    config
}
