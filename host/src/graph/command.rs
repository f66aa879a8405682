//! Commands as filters, sources and sinks: a guest that is a command meets these interfaces, by
//! being run with its standard streams for what they pass. Each call is a run of its own, in a new
//! store.

use std::collections::BTreeMap;

use crate::graph::rules::best;
use crate::graph::wiring::{Item, Surface};
use crate::names::split;

/// The interfaces of `forebay:stream` that a command can stand for, with their functions as
/// [`surface`](super::surface) has them.
const ROLES: &[(&str, &str, &str)] = &[
    (
        "forebay:stream/filter@0.1.0",
        "apply",
        "func(input: wasi:io/streams.input-stream, output: wasi:io/streams.output-stream) -> result<_, string>",
    ),
    (
        "forebay:stream/source@0.1.0",
        "produce",
        "func(output: wasi:io/streams.output-stream) -> result<_, string>",
    ),
    (
        "forebay:stream/sink@0.1.0",
        "consume",
        "func(input: wasi:io/streams.input-stream) -> result<_, string>",
    ),
];

/// Has commands among the guests export what others import of a filter, a source or a sink. A
/// command whose `run` another guest imports stays what it is.
pub(super) fn offer(surfaces: &mut [Surface]) {
    let is_run = |item: &Item| split(&item.name).0 == "wasi:cli/run";
    if surfaces.iter().any(|surface| surface.imports.iter().any(is_run)) {
        return;
    }
    let imported = |role: &Item| {
        surfaces.iter().any(|surface| {
            surface.imports.iter().any(|item| best(item, std::slice::from_ref(role)).is_some())
        })
    };
    let roles: Vec<Item> = ROLES.iter().map(item).filter(imported).collect();
    for surface in surfaces.iter_mut().skip(1).filter(|surface| surface.exports.iter().any(is_run))
    {
        let own = |role: &Item| {
            surface.exports.iter().any(|export| split(&export.name).0 == split(&role.name).0)
        };
        let more: Vec<Item> = roles.iter().filter(|role| !own(role)).cloned().collect();
        if !more.is_empty() {
            surface.exports.extend(more);
            (surface.command, surface.isolated) = (true, true);
        }
    }
}

fn item((name, function, ty): &(&str, &str, &str)) -> Item {
    let functions = BTreeMap::from([((*function).to_owned(), (*ty).to_owned())]);
    Item { name: (*name).to_owned(), functions, plain: false, bound: BTreeMap::new() }
}
