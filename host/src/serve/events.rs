//! Guests that are run when something happens: a time has come, a line, or a file has changed.
//!
//! A run that fails is tried again as often as its event says, after pauses; else it's run at most
//! once. No more runs are under way than the event says: what comes on time meanwhile is left out,
//! and lines and files wait.

mod lines;
mod runs;
mod times;
mod watch;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::app::{EventSpec, Trigger};
use crate::serve::event::Event;
use crate::serve::events::runs::Runs;
use crate::serve::shared::Shared;

/// Waits for an event, again and again, and runs its guest, until the server drains. Runs that are
/// under way then come to their ends.
pub(super) async fn serve(shared: Arc<Shared>, spec: EventSpec) {
    let mut drain = shared.drain.clone();
    let spec = Arc::new(spec);
    let runs = Runs::new(shared.clone(), spec.clone());
    let mut tasks = JoinSet::new();
    let waiting = async {
        match &spec.trigger {
            Trigger::Every(period) => times::every(&runs, *period, &mut tasks).await,
            Trigger::Cron(cron) => times::cron(&runs, cron, &mut tasks).await,
            Trigger::Lines(source) => lines::read(&runs, source, &mut tasks).await,
            Trigger::Watch(folder) => watch::watch(&runs, folder, &mut tasks).await,
        }
    };
    tokio::select! {
        biased;
        _ = drain.wait_for(|draining| *draining) => {}
        ended = waiting => if let Err(error) = ended {
            let why = format!("event `{}` has ended: {error}", spec.name);
            shared.events.emit(Event::Impaired { why });
        }
    }
    while tasks.join_next().await.is_some() {}
}
