//! The runs of one event: so many at the same time, and those that fail again.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::app::EventSpec;
use crate::capability::stdio::Input;
use crate::instance::Exit;
use crate::serve::retry::Pauses;
use crate::serve::shared::Shared;

/// What a run is about.
#[derive(Clone, Debug)]
pub(super) enum Occasion {
    /// A time has come.
    Time,
    /// A line, which the guest reads.
    Line(Bytes),
    /// A file, which the guest reads; its name is the guest's last argument.
    File(PathBuf),
}

/// The runs of one event.
#[derive(Clone)]
pub(super) struct Runs {
    pub shared: Arc<Shared>,
    spec: Arc<EventSpec>,
    places: Arc<Semaphore>,
}

impl Runs {
    pub fn new(shared: Arc<Shared>, spec: Arc<EventSpec>) -> Runs {
        let places = Arc::new(Semaphore::new(spec.concurrency.clamp(1, Semaphore::MAX_PERMITS)));
        Runs { shared, spec, places }
    }

    /// Runs the guest, unless as many runs are under way as may be; then it's left out.
    pub fn begin(&self, occasion: Occasion, tasks: &mut JoinSet<()>) {
        while tasks.try_join_next().is_some() {}
        let Ok(place) = self.places.clone().try_acquire_owned() else { return };
        let runs = self.clone();
        tasks.spawn(async move {
            runs.run(&occasion).await;
            drop(place);
        });
    }

    /// [`begin`](Runs::begin), as soon as there is a place.
    pub async fn queue(&self, occasion: Occasion, tasks: &mut JoinSet<()>) {
        while tasks.try_join_next().is_some() {}
        // Nobody closes it.
        let Ok(place) = self.places.clone().acquire_owned().await else { return };
        let runs = self.clone();
        tasks.spawn(async move {
            runs.run(&occasion).await;
            drop(place);
        });
    }

    /// Runs the guest, and again if it fails and is to be tried again.
    async fn run(&self, occasion: &Occasion) {
        let EventSpec { name, retry, pause, .. } = &*self.spec;
        let mut drain = self.shared.drain.clone();
        let mut pauses = Pauses::new(*pause, *retry);
        while !self.once(occasion, &format!("the event `{name}`")).await {
            let Some(pause) = pauses.next() else { return };
            tokio::select! {
                biased;
                _ = drain.wait_for(|draining| *draining) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Whether a run went well.
    async fn once(&self, occasion: &Occasion, asked: &str) -> bool {
        let EventSpec { name, guest, args, .. } = &*self.spec;
        let current = self.shared.current.get();
        // A new generation may have no such guest any more.
        let Some(service) = current.site.service(guest) else { return true };
        let mut words = vec![guest.clone()];
        words.extend(args.iter().cloned());
        let input = match occasion {
            Occasion::Time => Input::Nothing,
            Occasion::Line(line) => Input::Bytes(line.clone()),
            Occasion::File(path) => {
                words.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
                match tokio::fs::File::open(path).await {
                    Ok(file) => Input::File(Arc::new(file.into_std().await)),
                    Err(error) => {
                        service
                            .failed(asked, format!("can't be given `{}`: {error}", path.display()));
                        return false;
                    }
                }
            }
        };
        let variables = [("EVENT_NAME".to_owned(), name.clone())];
        match service.occur(input, (&words, &variables), asked).await {
            Ok(outcome) if outcome.exit == Exit::Code(0) => true,
            Ok(outcome) => {
                service.failed(asked, outcome.exit.to_string());
                false
            }
            Err(_) => false,
        }
    }
}
