//! Scripts: what a guest does, chosen by bytes.

use super::guest::record;
use super::maker::{ALL, Maker};

/// What a guest does, one thing after the other.
#[derive(Clone, Debug)]
pub struct Script(pub(super) Vec<Op>);

#[derive(Clone, Debug)]
pub(super) enum Op {
    Poke { at: u32, bytes: Vec<u8> },
    Grow(u32),
    Begin,
    Dump,
    Call(Call),
}

/// One call. What the generator knows of it serves to tell which differences may be.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Its place in `FUNCTIONS`.
    pub function: usize,
    pub words: Vec<u64>,
    /// Whether the guest calls again until a list of buffers is done.
    pub whole: bool,
    /// An address is out of bounds.
    pub wild: bool,
    /// An address isn't a multiple of what it should be.
    pub misaligned: bool,
    /// A flag or a number that doesn't exist.
    pub invalid: bool,
    /// It waits for several things.
    pub several: bool,
}

impl Script {
    /// A script chosen by bytes; as long as there are some.
    pub fn of(bytes: &[u8]) -> Script {
        let mut maker = Maker { bytes, pages: 2, ops: Vec::new() };
        if maker.below(4) != 0 {
            // Things that are open make for more than bad descriptors.
            for (name, how, rights) in
                [(&b"file"[..], 0, ALL), (b"dir", 2, ALL & !64), (b"new", 1, ALL)]
            {
                let at = maker.poke(name);
                let words = vec![4, 1, at.into(), name.len() as u64, how, rights, 0, 0, 256];
                maker.call_words("path_open", words);
            }
        }
        // The first part is done by the start function, before `_start`.
        let begin = maker.below(12);
        for count in 0..60 {
            if count == begin {
                maker.ops.push(Op::Begin);
            }
            if maker.bytes.is_empty() {
                break;
            }
            maker.step();
        }
        Script(maker.ops)
    }

    /// The same one for a number each time.
    pub fn seeded(seed: u64) -> Script {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        Script::of(&(0..4096).map(|_| byte()).collect::<Vec<u8>>())
    }

    /// The script up to a logged thing, and after it all memory.
    pub fn dump_after(&self, logged: usize) -> Script {
        let is_logged = |op: &Op| matches!(op, Op::Call(_) | Op::Grow(_));
        let mut left = logged + 1;
        let mut ops: Vec<Op> = self
            .0
            .iter()
            .take_while(|op| {
                let within = left > 0;
                left -= usize::from(within && is_logged(op));
                within
            })
            .cloned()
            .collect();
        ops.push(Op::Dump);
        Script(ops)
    }

    /// The logged things, in order: calls, and nothing for a growing of the memory.
    pub(super) fn logged(&self) -> impl Iterator<Item = Option<&Call>> {
        self.0.iter().filter_map(|op| match op {
            Op::Call(call) => Some(Some(call)),
            Op::Grow(_) => Some(None),
            _ => None,
        })
    }

    /// As the guest reads it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut put = |op: u32, extra: u32, words: &[u64], bytes: &[u8]| {
            let start = out.len();
            out.extend(op.to_le_bytes());
            out.extend(extra.to_le_bytes());
            words.iter().for_each(|word| out.extend(word.to_le_bytes()));
            out.extend(bytes);
            assert!(out.len() <= start + 128, "a record is too long");
            out.resize(start + 128, 0);
        };
        for op in &self.0 {
            match op {
                Op::Poke { at, bytes } => {
                    put(record::POKE, bytes.len() as u32, &[(*at).into()], bytes)
                }
                Op::Grow(pages) => put(record::GROW, 0, &[(*pages).into()], &[]),
                Op::Begin => put(record::BEGIN, 0, &[], &[]),
                Op::Dump => put(record::DUMP, 0, &[], &[]),
                Op::Call(call) => {
                    put(call.function as u32 + 1, call.whole.into(), &call.words, &[])
                }
            }
        }
        // The end, for the start function and for `_start`.
        put(record::END, 0, &[], &[]);
        put(record::END, 0, &[], &[]);
        out
    }
}
