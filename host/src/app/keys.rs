//! The keys that a manifest may have, and every other one that it has. Pure.

use toml::{Table, Value};

use crate::names::nearest_of;

/// The keys of the manifest, of one guest, of its limits, of an edge, and of the build.
const KEYS: &[&str] = &["main", "guest", "link", "edge", "route", "event", "build"];
const GUEST_KEYS: &[&str] = &[
    "source",
    "wit",
    "world",
    "args",
    "dirs",
    "env",
    "net",
    "stdin",
    "stdout",
    "stderr",
    "limits",
    "isolate",
    "restarts",
    "instances",
    "mounts",
];
const LIMIT_KEYS: &[&str] =
    &["memory", "table-elements", "host-memory", "call-timeout", "call-fuel", "handles"];
const ROUTE_KEYS: &[&str] =
    &["guest", "files", "index", "content-type", "type", "per", "keep-open", "argv"];
const EVENT_KEYS: &[&str] =
    &["guest", "every", "cron", "zone", "lines", "watch", "args", "retry", "pause", "concurrency"];
const EDGE_KEYS: &[&str] = &["through"];
const BUILD_KEYS: &[&str] = &["command", "inputs", "output", "tools"];

/// Every key that isn't known, with the nearest one that is.
pub(super) fn unknown(table: &Table) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |place: &str, table: &Table, keys: &[&'static str]| {
        for key in table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let why = match nearest_of(key, keys.iter().copied()) {
                Some(near) => format!("there is no such key; is it `{near}`?"),
                None => format!("there is no such key; there are `{}`", keys.join("`, `")),
            };
            problems.push(format!("`{place}{key}`: {why}"));
        }
    };

    check("", table, KEYS);
    for (guest, entry) in tables(table, "guest") {
        check(&format!("guest.{guest}."), entry, GUEST_KEYS);
        if let Some(limits) = entry.get("limits").and_then(Value::as_table) {
            check(&format!("guest.{guest}.limits."), limits, LIMIT_KEYS);
        }
    }
    for (edge, entry) in tables(table, "edge") {
        check(&format!("edge.\"{edge}\"."), entry, EDGE_KEYS);
    }
    for (route, entry) in tables(table, "route") {
        check(&format!("route.\"{route}\"."), entry, ROUTE_KEYS);
    }
    for (event, entry) in tables(table, "event") {
        check(&format!("event.{event}."), entry, EVENT_KEYS);
    }
    if let Some(build) = table.get("build").and_then(Value::as_table) {
        check("build.", build, BUILD_KEYS);
    }
    problems
}

/// The tables in a table of a table.
fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = (&'a String, &'a Table)> {
    let entries = table.get(key).and_then(Value::as_table).into_iter().flatten();
    entries.filter_map(|(name, entry)| Some((name, entry.as_table()?)))
}
