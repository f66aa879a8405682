//! What the fuzz targets do with one input. `cargo fuzz` calls it with inputs that it finds;
//! `tests/fuzz` with inputs that it makes from examples, without other tools.

mod archive;
mod arguments;
mod ceiling;
mod cgi;
mod cron;
mod detect;
mod docs;
mod flags;
mod gopher;
#[path = "../graphs.rs"]
mod graphs;
mod legacy;
mod link;
mod location;
mod manifest;
mod net_rule;
mod reply;
mod route;
mod wac;
mod wit;

/// Every case by its name, which is the target's, too.
pub const CASES: &[(&str, fn(&[u8]))] = &[
    ("archive", archive::run),
    ("arguments", arguments::run),
    ("ceiling", ceiling::run),
    ("cgi", cgi::run),
    ("cron", cron::run),
    ("detect", detect::run),
    ("docs", docs::run),
    ("flags", flags::run),
    ("gopher", gopher::run),
    ("legacy", legacy::run),
    ("link", link::run),
    ("location", location::run),
    ("manifest", manifest::run),
    ("net_rule", net_rule::run),
    ("reply", reply::run),
    ("route", route::run),
    ("wac", wac::run),
    ("wit", wit::run),
];

/// The case of that name.
pub fn case(name: &str) -> fn(&[u8]) {
    CASES.iter().find(|(own, _)| *own == name).unwrap_or_else(|| panic!("no case `{name}`")).1
}
