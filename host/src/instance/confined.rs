//! Which guests of a shared store met the limits that their code carries as the largest sizes of
//! their memories and tables.

use crate::instance::exit::{Exit, Frame};
use crate::policy::{Denial, Denials, Needed};
use crate::state::{Limits, Stopped};

/// A guest that shares its store, and what it may have of memory and tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    /// Its name.
    pub name: String,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of memory below its own, that its budget doesn't count.
    pub headroom: u64,
    /// Elements of tables.
    pub table_elements: Option<u64>,
}

impl Confined {
    /// Whether the code's limit on memory is what stopped this growth. A limit is rounded down to a
    /// page; a lower largest size is the module's own choice, unless the growth was over the limit.
    fn stopped_memory(&self, stopped: &Stopped) -> bool {
        self.memory.is_some_and(|limit| {
            let limit = limit.saturating_add(self.headroom);
            let own = stopped.most <= limit && stopped.most.saturating_add(1 << 16) > limit;
            own || stopped.wanted > limit && stopped.most <= limit
        })
    }

    fn stopped_table(&self, stopped: &Stopped) -> bool {
        self.table_elements.is_some_and(|limit| {
            stopped.most == limit || stopped.wanted > limit && stopped.most <= limit
        })
    }

    /// Whether a function of it is among those that were active.
    fn is_in(&self, frames: &[Frame]) -> bool {
        frames.iter().any(|frame| frame.is_of(&self.name))
    }
}

/// Notes whose limits stopped a growth in a run that failed. The engine doesn't say whose memory it
/// was: where several guests have such a limit, those that were active when it trapped are meant.
pub(crate) fn note(confined: &[Confined], limits: &Limits, exit: &Exit, denials: &Denials) {
    let frames = match exit {
        Exit::Trap(trap) => trap.frames.as_slice(),
        _ => &[],
    };
    let meant = |met: &dyn Fn(&Confined) -> bool| {
        let met: Vec<&Confined> = confined.iter().filter(|guest| met(guest)).collect();
        let active: Vec<&Confined> =
            met.iter().copied().filter(|guest| guest.is_in(frames)).collect();
        if active.is_empty() { met } else { active }
    };
    let over = |guest: &Confined, what, grant| {
        denials.add(Denial { guest: Some(guest.name.clone()), what, grant });
    };

    for guest in meant(&|guest| limits.memories_stopped().any(|it| guest.stopped_memory(it))) {
        let limit = guest.memory.unwrap_or_default();
        over(guest, format!("have more memory than {limit} bytes"), Needed::Memory);
    }
    for guest in meant(&|guest| limits.tables_stopped().any(|it| guest.stopped_table(it))) {
        let limit = guest.table_elements.unwrap_or_default();
        over(guest, format!("have more than {limit} table elements"), Needed::TableElements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(name: &str, memory: u64) -> Confined {
        let (memory, headroom, table_elements) = (Some(memory), 0, None);
        Confined { name: name.into(), memory, headroom, table_elements }
    }

    #[test]
    fn a_limit_is_told_from_a_modules_own_largest_size() {
        let limited = guest("a", 131_073);
        assert!(limited.stopped_memory(&Stopped { most: 131_072, wanted: 196_608 }));
        let roomy = guest("a", 1 << 20);
        assert!(!roomy.stopped_memory(&Stopped { most: 131_072, wanted: 196_608 }));
        // Of two memories, each has a half.
        assert!(roomy.stopped_memory(&Stopped { most: 1 << 19, wanted: 2 << 20 }));
        assert!(!roomy.stopped_memory(&Stopped { most: 4 << 20, wanted: 5 << 20 }));
    }

    #[test]
    fn a_guest_is_in_frames_by_its_whole_name() {
        let frame = |module: &str| Frame {
            module: Some(module.into()),
            function: String::new(),
            offset: None,
            source: None,
        };
        assert!(guest("mesh", 1).is_in(&[frame("app"), frame("mesh/core")]));
        assert!(guest("mesh", 1).is_in(&[frame("mesh")]));
        assert!(!guest("mesh", 1).is_in(&[frame("meshes/core"), frame("app")]));
    }
}
