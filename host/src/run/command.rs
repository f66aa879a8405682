//! Runs a command with its arguments.

use crate::account::Accounts;
use crate::capability::stdio::Stdio;
use crate::error::Result;
use crate::instance::Ready;
use crate::run::outcome::Outcome;
use crate::run::supervise::supervise;

/// Runs a command in a store of its own, as a part of the run that has the accounts `within`. `args` begin with its own name. Dropping the future ends
/// the guest at its next host call or epoch tick.
///
/// # Errors
/// `Class::Denied` when it needs more memory or table elements to start than its budget has,
/// `Class::Host` when a socket that is to be open can't be opened.
pub async fn command(
    ready: &Ready,
    args: &[String],
    stdio: &Stdio,
    within: Option<&Accounts>,
) -> Result<Outcome> {
    let instance = ready.instance_within(args, stdio, within)?;
    supervise(ready.program(), instance, async |instance| Ok(instance.run().await?)).await
}
