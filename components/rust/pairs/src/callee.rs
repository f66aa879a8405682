//! What every callee offers: plain functions.

use std::cell::Cell;

use crate::world::exports::forebay::pairs::kinds::{
    Guest, GuestThing, Header, InputStream, Point, Thing, ThingBorrow,
};
use crate::{Pairs, drain};

pub struct Number(Cell<u32>);

impl GuestThing for Number {
    fn new(number: u32) -> Number {
        Number(Cell::new(number))
    }

    fn get(&self) -> u32 {
        self.0.get()
    }
}

impl Guest for Pairs {
    type Thing = Number;

    fn scalar(x: u32) -> u32 {
        // A callee of preview 1 asks the host for something meanwhile.
        #[cfg(feature = "preview1")]
        crate::preview1::variables();
        x + 1
    }

    fn text(x: String) -> String {
        x.chars().rev().collect()
    }

    fn bytes(x: Vec<u8>) -> Vec<u8> {
        x.into_iter().rev().collect()
    }

    fn points(x: Vec<Point>) -> Vec<Point> {
        x.into_iter().map(|Point { x, y }| Point { x: y, y: x }).collect()
    }

    fn headers(x: Vec<Header>) -> Vec<Header> {
        x.into_iter().map(rewritten).collect()
    }

    fn swap(x: Thing) -> Thing {
        Thing::new(Number::new(x.get::<Number>().get() * 2))
    }

    fn look(x: ThingBorrow<'_>) -> u32 {
        x.get::<Number>().get()
    }

    fn drain(input: InputStream) -> String {
        drain(input)
    }

    fn fail(why: String) -> Result<u32, String> {
        Err(why)
    }

    fn trap() {
        core::arch::wasm32::unreachable()
    }
}

fn rewritten(Header { name, value }: Header) -> Header {
    let value = match name.as_str() {
        "host" => "upstream.example".to_owned(),
        "connection" => "keep-alive".to_owned(),
        "x-forwarded-for" => format!("{value}, 192.0.2.1"),
        _ => value,
    };
    Header { name, value }
}
