//! Two runs of one script beside each other.

use super::functions::FUNCTIONS;
use super::script::{Call, Script};
use super::{Scratch, differences};

/// What came of a run.
pub struct Run {
    /// The guest's log.
    pub log: Vec<u8>,
    /// What the folder holds.
    pub listing: Vec<String>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its status; nothing, or not 0, for a trap.
    pub exit: Option<i32>,
}

/// What comparing came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was the same: so many calls.
    Same(usize),
    /// After so many calls came one that is known to differ, for this reason.
    Known(usize, &'static str),
    /// A difference that nobody has explained.
    Different {
        /// The place in the log.
        at: usize,
        /// What differs.
        what: String,
    },
}

/// An entry of the log: errno and hash.
pub(super) type Entry = (u32, u64);

impl Run {
    /// With what the folder holds now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn of(scratch: &Scratch, stdout: Vec<u8>, exit: Option<i32>) -> std::io::Result<Run> {
        Ok(Run { log: scratch.log()?, listing: scratch.listing()?, stdout, exit })
    }

    fn entry(&self, index: usize) -> Option<Entry> {
        let bytes = self.log.get(index * 16..index * 16 + 16)?;
        let word =
            |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        assert_eq!(word(0) as usize, index, "the log is in order");
        Some((word(4), u64::from_le_bytes(bytes[8..].try_into().expect("eight bytes"))))
    }
}

/// Compares ours with the peer's.
pub fn compare(script: &Script, ours: &Run, peer: &Run) -> Verdict {
    let mut traps = false;
    let (mut count, mut freed) = (0, 0);
    for (index, call) in script.logged().enumerate() {
        let (our, their) = (ours.entry(index), peer.entry(index));
        if our == their {
            if our.is_none() {
                traps = call.is_none_or(|call| {
                    FUNCTIONS[call.function].name != "proc_exit" || call.invalid
                });
                break;
            }
            let frees =
                |call: &Call| matches!(FUNCTIONS[call.function].name, "fd_close" | "fd_renumber");
            freed +=
                usize::from(call.is_some_and(frees) && our.is_some_and(|(errno, _)| errno == 0));
            count += 1;
            continue;
        }
        let reason = call.and_then(|call| differences::reason(call, our, their, freed));
        return match reason {
            Some(reason) => Verdict::Known(count, reason),
            None => Verdict::Different {
                at: index,
                what: format!("{}: ours {our:x?}, peer {their:x?}", name(call)),
            },
        };
    }
    let at = count;
    let different = |what: String| Verdict::Different { at, what };
    // Whichever way a trap is told.
    let ends = |run: &Run| if traps { run.exit.filter(|code| *code == 0) } else { run.exit };
    if ends(ours) != ends(peer) {
        return different(format!("the exit: ours {:?}, peer {:?}", ours.exit, peer.exit));
    }
    // A call that traps may have done a part of its work.
    if !traps && ours.listing != peer.listing {
        return different(format!(
            "the folder: ours {:#?}, peer {:#?}",
            ours.listing, peer.listing
        ));
    }
    if !traps && ours.stdout != peer.stdout {
        return different(format!(
            "the output: ours {} bytes, peer {}",
            ours.stdout.len(),
            peer.stdout.len()
        ));
    }
    Verdict::Same(count)
}

/// The logged things before a place in the log, for those who look for the reason.
pub fn before(script: &Script, at: usize, ours: &Run, peer: &Run) -> Vec<String> {
    let line = |(index, call): (usize, Option<&Call>)| {
        format!(
            "{index} {}: {:x?} {:x?}",
            name(call),
            ours.entry(index).map(|entry| entry.0),
            peer.entry(index).map(|entry| entry.0)
        )
    };
    script.logged().take(at).enumerate().map(line).collect()
}

fn name(call: Option<&Call>) -> String {
    call.map_or_else(
        || "memory.grow".into(),
        |call| {
            let words: Vec<String> = call.words.iter().map(|word| format!("{word:#x}")).collect();
            format!(
                "{}({}){}",
                FUNCTIONS[call.function].name,
                words.join(", "),
                if call.whole { ", all of it" } else { "" }
            )
        },
    )
}

/// Where the memories that two runs of `Script::dump_after` wrote differ: the addresses of the
/// first few bytes.
pub fn where_memory_differs(ours: &Run, peer: &Run) -> Vec<String> {
    let memory = |run: &Run| {
        // What comes after the entries are whole pages.
        let entries = run.log.len() % 65536;
        run.log[entries..].to_vec()
    };
    let (ours, peer) = (memory(ours), memory(peer));
    let differing = ours.iter().zip(&peer).enumerate().filter(|(_, (our, their))| our != their);
    differing
        .take(16)
        .map(|(at, (our, their))| format!("{at:#x}: ours {our:#04x}, peer {their:#04x}"))
        .collect()
}
