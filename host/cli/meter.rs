//! A wall round the process: how much memory it may take while a program runs, whoever takes it.
//!
//! The library charges what it knows it holds for a guest, and tells the guest. This counts
//! everything else, too: what the engine and its crates keep for handles, fields, tasks and
//! globals. Over the limit the process ends at once, with a line that was made ready before; there
//! is no memory to do more.
//!
//! Allocations are counted where they are made, each thread keeping a small sum of its own. Memory
//! that is mapped (stacks, and what guests ask for themselves) is watched by a thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use forebay::stream::temporary;

use crate::exit::Status;

/// How much a thread takes or gives back before it says so, in bytes.
const UNSAID: i64 = 64 << 10;
/// What a run may take beside what it holds for its guest: threads, tables, copies under way.
const SLACK: u64 = 16 << 20;
/// What may be mapped beside a guest's memories: stacks of threads, pages that are kept for later.
const MAPPED_SLACK: u64 = 48 << 20;
/// What the whole process may have in memory beside its guest's and what the host holds, over what
/// it had before: less than above, since not everything is at its most at the same time.
const RESIDENT_SLACK: u64 = 24 << 20;
/// What it may have so of files (the program's own code among them) however little the host may
/// hold.
const OF_FILES: u64 = 256 << 20;
/// How often mapped memory is looked at.
const PERIOD: Duration = Duration::from_millis(10);
/// How often, when it's nearly too much.
const NEAR_PERIOD: Duration = Duration::from_millis(1);
/// What is near, in bytes.
const NEAR: u64 = 64 << 20;
/// How long a thread that took too much waits for the watching one.
const PATIENCE: Duration = Duration::from_millis(60);
/// How long the last line may take to be written, in milliseconds.
const LAST_WORDS: i32 = 30;

#[global_allocator]
static METER: Meter = Meter;

/// What all threads have said.
static TAKEN: AtomicI64 = AtomicI64::new(0);
/// The most that may be taken.
static MOST: AtomicI64 = AtomicI64::new(i64::MAX);
/// How much of what is mapped isn't the program's doing.
static SPARED: AtomicU64 = AtomicU64::new(0);
/// Whether it was more.
static OVER: AtomicBool = AtomicBool::new(false);
/// What is said then.
static LAST_LINE: OnceLock<String> = OnceLock::new();

thread_local! {
    /// What this thread hasn't said yet.
    static OWN: Cell<i64> = const { Cell::new(0) };
}

/// What a program's run may take.
pub struct Limits {
    /// Bytes that the host may hold for it.
    pub host: u64,
    /// Bytes of its own memories and stacks.
    pub guest: u64,
}

/// Bounds what is taken from now on. `last_line` is said when it's more, and the process ends as
/// after a trap.
pub fn arm(limits: &Limits, last_line: String) {
    if LAST_LINE.set(last_line).is_err() {
        return;
    }

    let host = i64::try_from(limits.host.saturating_add(SLACK)).unwrap_or(i64::MAX);
    MOST.store(TAKEN.load(Ordering::Relaxed).saturating_add(host), Ordering::Relaxed);

    // Where the system doesn't say what is mapped, allocations are still counted.
    if let Ok(file) = File::open("/proc/self/statm")
        && let Some(before) = Mapped::of(&file)
    {
        let most = before.most(limits);
        let watch = move || {
            while let Some(now) = Mapped::of(&file) {
                if OVER.load(Ordering::Relaxed) || now.left(&most) == 0 {
                    leave();
                }
                std::thread::sleep(if now.left(&most) < NEAR { NEAR_PERIOD } else { PERIOD });
            }
        };
        drop(std::thread::Builder::new().name("meter".to_owned()).spawn(watch));
    }
}

/// Lets so many bytes more be taken: they are for what the user gives, and not the program's doing.
pub fn spare(bytes: u64) {
    SPARED.fetch_add(bytes, Ordering::Relaxed);
    let more = i64::try_from(bytes).unwrap_or(i64::MAX);
    let raised = |most: i64| Some(most.saturating_add(more));
    let _ = MOST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raised);
}

/// What the process has in memory, in bytes.
struct Mapped {
    /// Of no file.
    anonymous: u64,
    /// All together, as the system counts a process's peak. Memory that was freed in pieces counts,
    /// too, and pages of files that a program had read in.
    resident: u64,
}

impl Mapped {
    fn of(statm: &File) -> Option<Mapped> {
        let mut text = [0; 128];
        let count = statm.read_at(&mut text, 0).ok()?;
        let mut fields = std::str::from_utf8(&text[..count]).ok()?.split_ascii_whitespace();
        let resident: u64 = fields.nth(1)?.parse().ok()?;
        let of_files: u64 = fields.next()?.parse().ok()?;
        let anonymous = resident.saturating_sub(of_files) * 4096;
        Some(Mapped { anonymous, resident: resident * 4096 })
    }

    /// The most that may become of it.
    fn most(&self, limits: &Limits) -> Mapped {
        let sum = |parts: [u64; 4]| parts.into_iter().fold(0, u64::saturating_add);
        let Limits { host, guest } = *limits;
        Mapped {
            anonymous: sum([self.anonymous, host, guest, MAPPED_SLACK]),
            resident: sum([self.resident, host.max(OF_FILES), guest, RESIDENT_SLACK]),
        }
    }

    /// How much is left until it's too much.
    fn left(&self, most: &Mapped) -> u64 {
        let spared = SPARED.load(Ordering::Relaxed);
        let left = |most: u64, now: u64| most.saturating_add(spared).saturating_sub(now);
        left(most.anonymous, self.anonymous).min(left(most.resident, self.resident))
    }
}

/// What a thread does that took too much: it waits for the watching one to end the process, which
/// needs memory for that. If it doesn't, because this one holds what it needs, or because there is
/// none, this one does.
fn over() -> ! {
    MOST.store(i64::MAX, Ordering::Relaxed);
    OVER.store(true, Ordering::Relaxed);
    std::thread::sleep(PATIENCE);
    end()
}

/// Ends the process, once temporary files are gone.
fn leave() -> ! {
    temporary::remove_all();
    end()
}

/// Says the last line and ends the process. It takes no memory, and waits for nobody.
fn end() -> ! {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed)
        && let Some(line) = LAST_LINE.get()
    {
        let (fd, events) = (libc::STDERR_FILENO, libc::POLLOUT);
        let mut room = libc::pollfd { fd, events, revents: 0 };
        // SAFETY: one valid `pollfd`; the bytes are those of a string that lives for ever.
        unsafe {
            if libc::poll(&mut room, 1, LAST_WORDS) == 1 {
                libc::write(fd, line.as_ptr().cast(), line.len());
            }
        }
    }
    // SAFETY: it has no preconditions. What would run at a usual end may need memory.
    unsafe { libc::_exit(Status::Trap.code().into()) }
}

/// The system's allocator, counted.
struct Meter;

impl Meter {
    fn count(&self, more: i64) {
        let sum = OWN.get() + more;
        if (-UNSAID..=UNSAID).contains(&sum) {
            return OWN.set(sum);
        }

        OWN.set(0);
        if TAKEN.fetch_add(sum, Ordering::Relaxed) + sum > MOST.load(Ordering::Relaxed) {
            over();
        }
    }
}

// SAFETY: everything is the system's allocator's; counting allocates nothing and can't unwind, and a
// thread's own sum has no destructor, so it can be used until the thread's end.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size() as i64);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.count(-(layout.size() as i64));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.count(size as i64 - layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
