//! Keeps time limits and signals. A guest runs on a thread of its own, with everything that it
//! waits for; the main thread does nothing but watch, and ends the process if the guest, or what is
//! said about it, doesn't end in time.

use std::fs::File;
use std::future::poll_fn;
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::task::Poll;
use std::time::{Duration, Instant};

use forebay::error::{Class, Error, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::exit::Status;
use crate::leave::{leave, say_last};
use crate::report::Printer;
use crate::sandbox::Wall;

/// How much longer than its time limit a guest may compute, or block its thread in a system call,
/// before the process ends without it.
const GRACE: Duration = Duration::from_millis(40);

/// How many descriptors we need ourselves to run anything.
const DESCRIPTORS: usize = 16;

/// How many descriptors a guest and we may have open, all together. The system closes them one by one
/// when the process ends, and takes 20 µs for each socket.
const MOST_DESCRIPTORS: u64 = 2048;

/// The signals that end a run, unless whoever started us had them ignored.
const SIGNALS: [(SignalKind, Status); 3] = [
    (SignalKind::interrupt(), Status::Interrupted),
    (SignalKind::hangup(), Status::HungUp),
    (SignalKind::terminate(), Status::Terminated),
];

/// What is watched.
pub struct Watched<'a> {
    /// Who says that the time was up.
    pub printer: &'a Printer,
    /// The guest, for messages.
    pub name: &'a str,
    /// Its time limit.
    pub limit: Option<Duration>,
    /// How much of that is spent.
    pub clock: &'a Clock,
    /// How many descriptors it and we may have.
    pub files: Option<u64>,
    /// What is put up round this thread and the guest's, when nothing else is needed any more.
    pub wall: &'a Wall,
}

/// How a run ended, from the moment when that is known: what is then said about it can take longer
/// than there is time.
#[derive(Default)]
pub struct Verdict(Mutex<Option<Status>>);

impl Verdict {
    /// Notes how the run ended.
    pub fn set(&self, status: Status) -> Status {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(status);
        status
    }

    fn get(&self) -> Option<Status> {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What the watching thread learns.
enum News {
    Done,
    Signalled(Status),
    Overdue,
}

/// Drives `work` on a thread of its own, and has `report` say there how it ended. Ends the process
/// when the time is up or a signal says so.
///
/// # Errors
/// `Class::Host` when the system gives no thread or no descriptors.
pub fn execute<T>(
    watched: &Watched<'_>,
    work: impl Future<Output = Result<T>> + Send,
    report: impl FnOnce(T, &Verdict) -> Status + Send,
) -> Result<Status> {
    let deadline = watched.clock.hand_over().map(|left| left.saturating_add(GRACE));
    let start = Instant::now();
    let (own, guests) = (executor()?, executor()?);
    bound_descriptors(watched.files)?;
    let verdict = Verdict::default();

    // Before the guest starts, so that no signal that it sees can miss us.
    let entered = own.enter();
    let mut signals = listen().map_err(failed)?;
    drop(entered);
    watched.wall.put_up(watched.printer)?;

    std::thread::scope(|scope| {
        let (done, ended) = oneshot::channel();
        let verdict = &verdict;
        let run = move || {
            let _done = done;
            let outcome = guests.block_on(work);
            // What blocks in a system call must not hold us.
            guests.shutdown_background();
            match outcome {
                Ok(outcome) => report(outcome, verdict),
                Err(error) => {
                    let status = verdict.set(Status::of(error.class()));
                    watched.printer.error(&error);
                    status
                }
            }
        };
        let guest = std::thread::Builder::new()
            .name("forebay-guest".into())
            .spawn_scoped(scope, run)
            .map_err(failed)?;

        let remaining = deadline.map(|deadline| deadline.saturating_sub(start.elapsed()));
        match own.block_on(news(ended, &mut signals, remaining)) {
            News::Done => Ok(guest.join().unwrap_or_else(|panic| resume_unwind(panic))),
            News::Signalled(status) => leave(status),
            News::Overdue => leave(overdue(watched, verdict)),
        }
    })
}

/// An executor for one thread.
fn executor() -> Result<Runtime> {
    // tokio panics where the system has no descriptors for its signals.
    spare_descriptors().map_err(failed)?;
    Builder::new_current_thread().enable_all().build().map_err(failed)
}

/// That there are descriptors left. They are tried where the lowest free number is near the limit.
fn spare_descriptors() -> std::io::Result<()> {
    let first = File::open("/dev/null")?;
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if first.as_raw_fd() as u64 + 4 * DESCRIPTORS as u64 >= limit {
        (0..DESCRIPTORS).map(|_| first.try_clone()).collect::<std::io::Result<Vec<_>>>()?;
    }
    Ok(())
}

/// Leaves the process as many descriptors as the user says, else no more than can be closed in time.
fn bound_descriptors(wanted: Option<u64>) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let most = wanted.unwrap_or(limit.current.unwrap_or(u64::MAX).min(MOST_DESCRIPTORS));
    if let Some(permitted) = limit.maximum.filter(|permitted| *permitted < most) {
        let what = format!("the system permits no process {most} files and sockets");
        return Err(Error::new(Class::Host, what)
            .cause(format!("it permits {permitted}"))
            .hint("`ulimit -Hn` shows the limit, and an administrator raises it"));
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit })
        .map_err(|error| failed(error.into()))
}

fn failed(error: std::io::Error) -> Error {
    Error::new(Class::Host, "cannot start the host's threads")
        .cause(error)
        .hint("is a limit on open files or processes very low? `ulimit -a` shows them")
}

/// Waits for the first thing that happens.
async fn news(
    ended: oneshot::Receiver<()>,
    signals: &mut [(Signal, Status)],
    remaining: Option<Duration>,
) -> News {
    let signalled = poll_fn(|cx| {
        for (signal, status) in signals.iter_mut() {
            if signal.poll_recv(cx).is_ready() {
                return Poll::Ready(*status);
            }
        }
        Poll::Pending
    });
    let overdue = async {
        match remaining {
            Some(remaining) => tokio::time::sleep(remaining).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        status = signalled => News::Signalled(status),
        // The other end is dropped with the thread's work.
        _ = ended => News::Done,
        () = overdue => News::Overdue,
    }
}

/// Listens for the signals that nobody had ignored before us, as `nohup` and shells do.
fn listen() -> std::io::Result<Vec<(Signal, Status)>> {
    let ignored = ignored();
    let wanted = SIGNALS.into_iter().filter(|(kind, _)| {
        ignored & 1u64.checked_shl(kind.as_raw_value() as u32 - 1).unwrap_or_default() == 0
    });
    wanted.map(|(kind, status)| Ok((signal(kind)?, status))).collect()
}

/// The signals that are ignored, a bit each; none where the system doesn't tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// Says that the time was up, unless the guest had ended before and only the words about it are
/// late.
fn overdue(watched: &Watched<'_>, verdict: &Verdict) -> Status {
    if let Some(status) = verdict.get() {
        return status;
    }

    let (printer, name) = (*watched.printer, watched.name.to_owned());
    let limit = watched.limit.unwrap_or_default();
    say_last(move || printer.late(&name, limit));
    Status::Timeout
}
