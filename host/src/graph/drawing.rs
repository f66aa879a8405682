//! A graph as a drawing: guests in columns, each to the right of those that call it, links as
//! curves between them.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::graph::explain::{Explanation, Guest};

/// Sizes in the drawing's own units, which are pixels at its natural size.
const WIDTH: usize = 240;
const GAP: usize = 150;
const LINE: usize = 16;
const PAD: usize = 12;
const LETTERS: usize = 34;

/// Where a guest's box is.
struct Place {
    x: usize,
    y: usize,
    height: usize,
}

impl Explanation {
    /// As an SVG drawing, with no script and nothing to fetch.
    pub fn svg(&self) -> String {
        svg(self)
    }
}

fn svg(explanation: &Explanation) -> String {
    let places = places(explanation);
    let width = places.values().map(|place| place.x + WIDTH).max().unwrap_or(0) + PAD;
    let height = places.values().map(|place| place.y + place.height).max().unwrap_or(0) + PAD;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n"
    );
    for (number, link) in explanation.links.iter().enumerate() {
        let (Some(from), Some(to)) = (places.get(link.from.as_str()), places.get(link.to.as_str()))
        else {
            continue;
        };
        let before =
            explanation.links[..number].iter().filter(|other| other.from == link.from).count();
        let (x, y) = (from.x + WIDTH, from.y + PAD + LINE / 2 + before * LINE);
        let (end, level) = (to.x, to.y + to.height / 2);
        let middle = (x + end) / 2;
        let _ = writeln!(
            out,
            "<path d=\"M{x} {y}C{middle} {y} {middle} {level} {end} {level}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#to)\">\
             <title>{}</title></path>",
            quoted(&link.import)
        );
    }
    for guest in &explanation.guests {
        let Some(Place { x, y, height }) = places.get(guest.name.as_str()) else { continue };
        let dashes = if guest.isolated { " stroke-dasharray=\"6 3\"" } else { "" };
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\" fill=\"{}\" stroke=\"#333\"{dashes}/>",
            if guest.main { "#dff0ff" } else { "#fff" }
        );
        for (index, (text, style)) in lines(guest).iter().enumerate() {
            let (x, y) = (x + PAD, y + PAD + LINE * index + LINE * 3 / 4);
            let _ =
                writeln!(out, "<text x=\"{x}\" y=\"{y}\"{style}>{}</text>", quoted(&short(text)));
        }
    }
    out.push_str("</svg>\n");
    out
}

/// What is written in a guest's box.
fn lines(guest: &Guest) -> Vec<(String, &'static str)> {
    let plain = |texts: &[String]| {
        texts.iter().map(|text| (text.clone(), " fill=\"#444\"")).collect::<Vec<_>>()
    };
    let own = if guest.isolated {
        vec![("a store of its own".to_owned(), " font-style=\"italic\"")]
    } else {
        Vec::new()
    };
    let name = vec![(guest.name.clone(), " font-weight=\"bold\"")];
    [
        name,
        plain(std::slice::from_ref(&guest.program)),
        own,
        plain(&guest.limits),
        plain(&guest.grants),
    ]
    .concat()
}

/// A column for each guest, to the right of all that call it, and a row in it.
fn places(explanation: &Explanation) -> BTreeMap<&str, Place> {
    let mut column: BTreeMap<&str, usize> =
        explanation.guests.iter().map(|guest| (guest.name.as_str(), 0)).collect();
    // There is no circle, so no way is longer than there are guests.
    for _ in &explanation.guests {
        for link in &explanation.links {
            let at_least = column.get(link.from.as_str()).map_or(0, |own| own + 1);
            if let Some(own) = column.get_mut(link.to.as_str()) {
                *own = at_least.max(*own);
            }
        }
    }
    let mut bottom: BTreeMap<usize, usize> = BTreeMap::new();
    let place = |guest: &'_ Guest, column: usize, bottom: &mut BTreeMap<usize, usize>| {
        let links = explanation.links.iter().filter(|link| link.from == guest.name).count();
        let height = lines(guest).len().max(links) * LINE + 2 * PAD;
        let y = bottom.entry(column).or_insert(PAD);
        let place = Place { x: PAD + column * (WIDTH + GAP), y: *y, height };
        *y += height + 2 * PAD;
        place
    };
    let guests = explanation.guests.iter();
    guests
        .map(|guest| (guest.name.as_str(), place(guest, column[guest.name.as_str()], &mut bottom)))
        .collect()
}

fn short(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['…']).collect()
}

fn quoted(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    plain.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
