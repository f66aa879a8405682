//! Whether one rule allows all that another one does.

use crate::policy::reserved;
use crate::policy::{Action, Host, NetRule};

impl NetRule {
    /// Whether this rule allows all that `other` does. A wide rule reaches no reserved address, so it
    /// doesn't cover one that does.
    pub fn covers(&self, other: &NetRule) -> bool {
        let reaches_own = self.action == Action::Listen
            || !reserved::is_own(&other.host)
            || reserved::is_own(&self.host);
        reaches_own
            && (self.action, self.transport) == (other.action, other.transport)
            && self.ports.low <= other.ports.low
            && other.ports.high <= self.ports.high
            && includes(&self.host, &other.host)
    }
}

/// Whether every name and address of `other` is one of `own`.
fn includes(own: &Host, other: &Host) -> bool {
    match (own, other) {
        (Host::Any, _) => true,
        (own, Host::Name(name)) => own.covers_name(name),
        (Host::Below(suffix), Host::Below(name)) => suffix == name || own.covers_name(name),
        (Host::Block(block), Host::Block(other)) => block.contains(other),
        _ => false,
    }
}
