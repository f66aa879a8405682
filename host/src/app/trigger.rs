//! Events of a manifest, `[event.NAME]`: which guest is run, and when. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::app::schedule::Cron;
use crate::names::nearest_of;
use crate::units;

/// The shortest time between two runs that is kept to.
const SHORTEST: Duration = Duration::from_millis(1);
/// How long the first pause before another try is, if it isn't said.
const PAUSE: Duration = Duration::from_secs(1);

/// A guest that is run when something happens.
#[derive(Clone, Debug)]
pub struct EventSpec {
    /// Its name.
    pub name: String,
    /// The guest.
    pub guest: String,
    /// What happens.
    pub trigger: Trigger,
    /// The guest's arguments, after its name.
    pub args: Vec<String>,
    /// How often a run that failed is tried again; 0 is at most once.
    pub retry: u32,
    /// The pause before the first of these tries; each later one is twice as long.
    pub pause: Duration,
    /// How many runs there are at the same time.
    pub concurrency: usize,
}

/// What happens, so that a guest is run.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// So much time has passed.
    Every(Duration),
    /// It's a minute that a line of cron names.
    Cron(Box<Cron>),
    /// A line comes.
    Lines(LineSource),
    /// A file in this directory has changed.
    Watch(PathBuf),
}

/// Where lines come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSource {
    /// The process's standard input.
    Stdin,
    /// A file or a pipe, read once from its beginning.
    File(PathBuf),
    /// Whoever connects to a Unix socket, which is made.
    Unix(PathBuf),
}

/// An event's table, as it's written.
#[derive(Deserialize)]
pub(super) struct EventTable {
    guest: String,
    every: Option<String>,
    cron: Option<String>,
    zone: Option<String>,
    lines: Option<String>,
    watch: Option<PathBuf>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    retry: u32,
    pause: Option<String>,
    concurrency: Option<usize>,
}

/// The events, and what is wrong with them. Paths start at `folder`.
pub(super) fn read<'a>(
    tables: BTreeMap<String, EventTable>,
    folder: &Path,
    guests: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Vec<String>,
) -> Vec<EventSpec> {
    let mut events = Vec::new();
    for (name, table) in tables {
        let mut add = |why: String| problems.push(format!("event `{name}`: {why}"));
        if guests.clone().all(|guest| guest != table.guest) {
            let near = nearest_of(&table.guest, guests.clone());
            let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
            add(format!("there is no guest `{}`{near}", table.guest));
        }
        let pause = table.pause.as_deref().map_or(Ok(PAUSE), units::duration);
        let pause = pause.map_err(|error| add(format!("`pause`: {error}"))).unwrap_or(PAUSE);
        if table.pause.is_some() && table.retry == 0 {
            add("`pause` is for `retry`, which isn't there".into());
        }
        if table.zone.is_some() && table.cron.is_none() {
            add("`zone` is for `cron`, which isn't there".into());
        }
        let concurrency = table.concurrency.unwrap_or(1);
        if concurrency == 0 {
            add("`concurrency` is 1 or more".into());
        }

        match table.trigger(folder) {
            Ok(trigger) => events.push(EventSpec {
                name,
                guest: table.guest,
                trigger,
                args: table.args,
                retry: table.retry,
                pause,
                concurrency,
            }),
            Err(why) => add(why),
        }
    }
    events
}

impl EventTable {
    fn trigger(&self, folder: &Path) -> Result<Trigger, String> {
        match (&self.every, &self.cron, &self.lines, &self.watch) {
            (Some(every), None, None, None) => {
                let every = units::duration(every).map_err(|error| format!("`every`: {error}"))?;
                match every >= SHORTEST {
                    true => Ok(Trigger::Every(every)),
                    false => Err("`every` is a millisecond or more".into()),
                }
            }
            (None, Some(line), None, None) => {
                let cron = Cron::read(line, self.zone.as_deref());
                Ok(Trigger::Cron(Box::new(cron.map_err(|why| format!("`cron`: {why}"))?)))
            }
            (None, None, Some(lines), None) => Ok(Trigger::Lines(match lines.as_str() {
                "" => return Err("`lines` is `-`, a file, or `unix:PATH`".into()),
                "-" => LineSource::Stdin,
                text => match text.strip_prefix("unix:") {
                    Some("") => return Err("`lines`: `unix:` is followed by a path".into()),
                    Some(path) => LineSource::Unix(folder.join(path)),
                    None => LineSource::File(folder.join(text)),
                },
            })),
            (None, None, None, Some(watch)) => Ok(Trigger::Watch(folder.join(watch))),
            _ => Err("say when: one of `every`, `cron`, `lines` and `watch`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Vec<EventSpec>, String> {
        let mut problems = Vec::new();
        let guests = ["tick", "queue"].into_iter();
        let events = read(toml::from_str(text).unwrap(), Path::new("/x"), guests, &mut problems);
        if problems.is_empty() { Ok(events) } else { Err(problems.join("\n")) }
    }

    #[test]
    fn events_are_read_with_what_they_wait_for() {
        let events = check(
            r#"[a]
               guest = "tick"
               every = "5s"
               [b]
               guest = "queue"
               lines = "unix:run/queue"
               retry = 3
               pause = "100ms"
               concurrency = 4
               [c]
               guest = "tick"
               cron = "0 3 * * *"
               zone = "UTC"
               [d]
               guest = "tick"
               watch = "in"
               args = ["x"]
               [e]
               guest = "tick"
               lines = "-""#,
        )
        .unwrap();
        assert_eq!(events[0].trigger, Trigger::Every(Duration::from_secs(5)));
        assert_eq!((events[0].retry, events[0].concurrency, events[0].pause), (0, 1, PAUSE));
        let socket = LineSource::Unix("/x/run/queue".into());
        assert_eq!(events[1].trigger, Trigger::Lines(socket));
        assert_eq!((events[1].retry, events[1].concurrency), (3, 4));
        assert_eq!(events[1].pause, Duration::from_millis(100));
        assert!(matches!(events[2].trigger, Trigger::Cron(_)));
        assert_eq!(events[3].trigger, Trigger::Watch("/x/in".into()));
        assert_eq!(events[4].trigger, Trigger::Lines(LineSource::Stdin));
    }

    #[test]
    fn what_is_wrong_is_told_at_once() {
        let problems = check(
            r#"[a]
               guest = "tikc"
               every = "5s"
               cron = "* * * * *"
               [b]
               guest = "tick"
               every = "5"
               concurrency = 0
               [c]
               guest = "tick"
               cron = "x"
               pause = "1s"
               [d]
               guest = "tick"
               every = "0s"
               zone = "UTC"
               [e]
               guest = "tick"
               lines = "unix:""#,
        )
        .unwrap_err();
        for part in [
            "event `a`: there is no guest `tikc`; is it `tick`?",
            "event `a`: say when",
            "event `b`: `every`: `5` is not a duration",
            "event `b`: `concurrency` is 1 or more",
            "event `c`: `cron`: `x` has 1 fields",
            "event `c`: `pause` is for `retry`",
            "event `d`: `every` is a millisecond or more",
            "event `d`: `zone` is for `cron`",
            "event `e`: `lines`: `unix:` is followed by a path",
        ] {
            assert!(problems.contains(part), "{part}:\n{problems}");
        }
    }
}
