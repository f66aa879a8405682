//! What is known to differ between our adapter and wasmtime's native preview 1, and why.
//!
//! The two go apart at such a call, so a comparison ends with it.

use super::compare::Entry;
use super::functions::FUNCTIONS;
use super::script::Call;

/// One kind of difference.
struct Difference {
    functions: &'static [&'static str],
    /// Whether it is this one: the call, ours, the peer's. No entry means that the call trapped.
    is: fn(&Call, Option<Entry>, Option<Entry>) -> bool,
    why: &'static str,
}

const ANY: &[&str] = &[];
const BADF: u32 = 8;
const INVAL: u32 = 28;
const INTR: u32 = 27;
const NOMEM: u32 = 48;
const NOTSUP: u32 = 58;

fn errno(entry: Option<Entry>) -> Option<u32> {
    entry.map(|(errno, _)| errno)
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        functions: ANY,
        is: |call, ours, peer| {
            call.wild && (ours.is_none() || matches!(errno(peer), None | Some(NOMEM)))
        },
        why: "an address is out of bounds, and which of several mistakes is found first isn't said",
    },
    Difference {
        functions: ANY,
        is: |call, _, peer| call.misaligned && peer.is_none(),
        why: "the peer traps on addresses that aren't aligned; ours takes them",
    },
    Difference {
        functions: ANY,
        is: |call, ours, peer| call.invalid && peer.is_none() && ours.is_some(),
        why: "the peer traps on flags and numbers that don't exist; ours says INVAL, or doesn't look at rights",
    },
    Difference {
        functions: &["clock_time_get", "clock_res_get"],
        is: |call, ours, peer| {
            matches!(call.words[0], 2 | 3) && errno(ours) == Some(0) && errno(peer) == Some(BADF)
        },
        why: "the peer has no clocks of CPU time",
    },
    Difference {
        functions: &["fd_seek"],
        is: |_, ours, peer| errno(ours) == Some(INVAL) && errno(peer) == Some(0),
        why: "the peer takes positions that no file can have",
    },
    Difference {
        functions: &["poll_oneoff"],
        is: |_, ours, peer| errno(ours) == Some(0) && matches!(errno(peer), Some(BADF | INVAL)),
        why: "what is wrong with one subscription is its event of ours, and the whole call's error of the peer's",
    },
    Difference {
        functions: &["poll_oneoff"],
        is: |call, ours, peer| call.several && errno(ours) == Some(0) && errno(peer) == Some(0),
        why: "which of several that are ready at once are told is a matter of time; ours tells all",
    },
    Difference {
        functions: &["fd_read"],
        is: |call, ours, peer| {
            call.words[0] == 0 && errno(ours) == Some(0) && errno(peer) == Some(INTR)
        },
        why: "the peer's error for a read of no bytes of a standard stream is INTR; ours reads none",
    },
    Difference {
        functions: &["proc_raise"],
        is: |_, _, peer| errno(peer) == Some(NOTSUP),
        why: "the peer has no proc_raise",
    },
];

/// Why a call may have come out differently, if it may.
///
/// `freed` is how many descriptors were closed or moved before it.
pub fn reason(
    call: &Call,
    ours: Option<Entry>,
    peer: Option<Entry>,
    freed: usize,
) -> Option<&'static str> {
    let name = FUNCTIONS[call.function].name;
    if name == "path_open" && freed > 1 && errno(ours) == Some(0) && errno(peer) == Some(0) {
        return Some("of several free descriptors the peer takes the highest, ours the lowest");
    }
    let fits = |one: &&Difference| {
        (one.functions.is_empty() || one.functions.contains(&name)) && (one.is)(call, ours, peer)
    };
    DIFFERENCES.iter().find(fits).map(|one| one.why)
}
