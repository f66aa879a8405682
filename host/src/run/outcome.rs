//! What is known of a run when it has ended.

use crate::error::Error;
use crate::instance::Exit;
use crate::policy::{Denial, LastLines};

/// How a run ended and what it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// What was refused on the way, in order.
    pub denials: Vec<Denial>,
    /// How many refusals aren't listed, because there were so many.
    pub left_out: u64,
    /// What guests that failed may have missed, though the host was never asked for it.
    pub missed: Vec<Denial>,
    /// What guests whose standard error leads nowhere wrote there last, if something failed.
    pub said: Vec<LastLines>,
    /// Streams that the host opened for it and that broke off, in order. A guest that reads
    /// `stream<u8>` can't tell such an end from a good one.
    pub failures: Vec<Error>,
}
