//! What one guest of a graph may use up, and whether it lives by itself. A value.

use std::num::NonZeroU32;
use std::time::Duration;

/// The budget of one guest among several. What isn't said is as for the whole graph.
///
/// Memory and tables are limits that its code carries: they cost nothing and work in a store that
/// guests share. The others need somebody to watch its calls, so a guest that has one lives in a
/// store of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Bytes of linear memory, all memories of the guest together.
    pub memory: Option<u64>,
    /// Elements of all tables together.
    pub table_elements: Option<u64>,
    /// Bytes that the host holds on its behalf.
    pub host_memory: Option<u64>,
    /// Wall time of one call.
    pub call_timeout: Option<Duration>,
    /// Units of fuel of one call.
    pub call_fuel: Option<u64>,
    /// Open handles.
    pub handles: Option<usize>,
    /// Whether it lives in a store of its own, so that its end isn't that of the others.
    pub isolate: Option<bool>,
    /// How often it's started again after it failed; as often as it is called, if `None`.
    pub restarts: Option<u32>,
    /// How many instances of it there may be, so that calls of plain functions from many tasks go on
    /// at once; one, which keeps its state from call to call, if `None`.
    pub instances: Option<NonZeroU32>,
}

impl Allowance {
    /// Whether the guest lives in a store of its own.
    pub fn is_isolated(&self) -> bool {
        self.isolate.unwrap_or(self.watched().is_some())
    }

    /// A budget that only a store of its own can hold, by its name in a manifest.
    pub fn watched(&self) -> Option<&'static str> {
        let set = [
            (self.call_timeout.is_some(), "limits.call-timeout"),
            (self.call_fuel.is_some(), "limits.call-fuel"),
            (self.handles.is_some(), "limits.handles"),
            (self.restarts.is_some(), "restarts"),
            (self.instances.is_some(), "instances"),
        ];
        set.iter().find(|(set, _)| *set).map(|(_, name)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_watched_needs_a_store_of_its_own() {
        let plain = Allowance { memory: Some(1), table_elements: Some(1), ..Allowance::default() };
        assert!(!plain.is_isolated());
        assert!(Allowance { isolate: Some(true), ..plain.clone() }.is_isolated());
        let timed = Allowance { call_timeout: Some(Duration::from_secs(1)), ..plain };
        assert!(timed.is_isolated());
        assert_eq!(
            Allowance { isolate: Some(false), ..timed }.watched(),
            Some("limits.call-timeout")
        );
    }
}
