//! Runs a command with its arguments.

use crate::error::Result;
use crate::instance::{Ready, Start};
use crate::run::outcome::Outcome;
use crate::run::supervise::supervise;

/// Runs a command in a store of its own. Dropping the future ends the guest at its next host call
/// or epoch tick.
///
/// # Errors
/// `Class::Denied` when it needs more memory or table elements to start than its budget has,
/// `Class::Host` when a socket that is to be open can't be opened.
pub(crate) async fn command(ready: &Ready, start: &Start<'_>) -> Result<Outcome> {
    let instance = ready.instance_of(start)?;
    supervise(ready.program(), instance, async |instance| Ok(instance.run().await?)).await
}
