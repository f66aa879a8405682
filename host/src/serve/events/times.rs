//! Events that come with time.

use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::app::Cron;
use crate::error::{Class, Error, Result};
use crate::serve::events::runs::{Occasion, Runs};

/// The longest time that is slept through: the clock may be set meanwhile.
const LOOK: Duration = Duration::from_secs(30);

/// Runs the guest each time that so much has passed, first after that.
pub(super) async fn every(runs: &Runs, period: Duration, tasks: &mut JoinSet<()>) -> Result<()> {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        runs.begin(Occasion::Time, tasks);
    }
}

/// Runs the guest in each minute that a line of cron names.
pub(super) async fn cron(runs: &Runs, cron: &Cron, tasks: &mut JoinSet<()>) -> Result<()> {
    loop {
        let now = Timestamp::now();
        let due = cron.next(now).ok_or_else(|| Error::new(Class::Host, "no such day comes"))?;
        while let Ok(left) = Duration::try_from(Timestamp::now().duration_until(due))
            && !left.is_zero()
        {
            sleep(left.min(LOOK)).await;
        }
        runs.begin(Occasion::Time, tasks);
    }
}
