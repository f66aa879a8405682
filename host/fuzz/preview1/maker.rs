//! Chooses what a script does: functions, arguments, and where they lie.

use super::functions::{FUNCTIONS, Function, Parameter};
use super::guest::OWN;
use super::script::{Call, Op};

const PAGE: u32 = 65536;

/// Every right there is.
pub(super) const ALL: u64 = u64::MAX >> 34;

/// Takes bytes and makes of them what is done.
pub(super) struct Maker<'a> {
    pub bytes: &'a [u8],
    pub pages: u32,
    pub ops: Vec<Op>,
}

/// Names that mean something in the scratch folder, and names that shouldn't.
const NAMES: &[&[u8]] = &[
    b"file",
    b"file",
    b"file",
    b"empty",
    b"dir",
    b"dir",
    b"dir/inner",
    b"link",
    b"link",
    b"new",
    b"new",
    b"other",
    b"dangling",
    b"around",
    b"dir/new",
    b"dir/../file",
    b"dir/up",
    b"dir/up/file",
    b"..",
    b"../file",
    b"/file",
    b"/",
    b".",
    b"./file",
    b"",
    b"file/",
    b"dir/",
    b"new/",
    b"link/",
    b"dirlink",
    b"dirlink/inner",
    b"dirlink/",
    b"missing/x",
    b"file/x",
    b"dir//inner",
    b"a\0b",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"dir/.",
    b"dir/..",
    b"escape",
    b"escape/x",
];
const LONGS: &[u64] = &[
    0,
    0,
    0,
    1,
    2,
    3,
    7,
    10,
    100,
    999,
    1000,
    1001,
    4096,
    65535,
    65536,
    70000,
    1 << 20,
    1 << 32,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
    u64::MAX - 1,
    u64::MAX - 99,
    1 << 63,
];
const FDS: &[u32] = &[
    0,
    1,
    2,
    4,
    4,
    4,
    4,
    4,
    4,
    7,
    7,
    7,
    7,
    8,
    8,
    8,
    8,
    9,
    9,
    9,
    10,
    10,
    11,
    12,
    100,
    2046,
    0x7fff_ffff,
    u32::MAX,
];
const TIMES: &[u64] =
    &[0, 1, 999_999_999, 1_000_000_000, 86_400_000_000_123, 1 << 40, 900_000_000_000_000_000];

impl Maker<'_> {
    fn byte(&mut self) -> u32 {
        match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                (*byte).into()
            }
            None => 0,
        }
    }

    /// A number from 0 to below the limit; 0 when there are no bytes left.
    pub fn below(&mut self, limit: u32) -> u32 {
        if limit > 256 {
            (self.byte() << 8 | self.byte()) % limit
        } else {
            self.byte() % limit.max(1)
        }
    }

    fn seldom(&mut self, one_in: u32) -> bool {
        self.below(one_in) == one_in - 1
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }

    fn end(&self) -> u32 {
        self.pages * PAGE
    }

    /// A good address for so many bytes, now and then at the very edge of memory. Below the guest's
    /// own bytes are the answers.
    fn room(&mut self, len: u32, align: u32) -> u32 {
        let at = match self.below(8) {
            0 => self.end() - len,
            1 => 65536 - len / 2,
            _ => OWN.end + (self.below(8000) * 8),
        };
        at.min(self.end() - len) / align * align
    }

    pub fn poke(&mut self, bytes: &[u8]) -> u32 {
        let at = self.room(bytes.len() as u32, 1);
        self.ops.push(Op::Poke { at, bytes: bytes.to_vec() });
        at
    }

    pub fn step(&mut self) {
        if self.seldom(24) {
            let pages = self.pick(&[0, 1, 1, 2, 30]);
            if self.pages + pages <= 16 {
                self.pages += pages;
            }
            return self.ops.push(Op::Grow(pages));
        }
        let total: u32 = FUNCTIONS.iter().map(|function| function.weight).sum();
        let mut left = self.below(total.max(257));
        left %= total;
        let index = FUNCTIONS
            .iter()
            .position(|function| {
                let here = left < function.weight;
                left = left.saturating_sub(function.weight);
                here
            })
            .expect("it's below the sum");
        self.call(index);
    }

    pub fn call_words(&mut self, name: &str, words: Vec<u64>) {
        let function =
            FUNCTIONS.iter().position(|function| function.name == name).expect("it's one of them");
        let call = Call {
            function,
            words,
            whole: false,
            wild: false,
            misaligned: false,
            invalid: false,
            several: false,
        };
        self.ops.push(Op::Call(call));
    }

    fn call(&mut self, index: usize) {
        let function = &FUNCTIONS[index];
        let mut call = Call {
            function: index,
            words: vec![],
            whole: false,
            wild: false,
            misaligned: false,
            invalid: false,
            several: false,
        };
        // Answers lie below the guest's own bytes, apart from each other and from everything else.
        let mut answer = self.below(4) * 8;
        for parameter in function.parameters {
            self.argument(function, *parameter, &mut answer, &mut call);
        }
        self.ops.push(Op::Call(call));
    }

    fn argument(
        &mut self,
        function: &Function,
        parameter: Parameter,
        answer: &mut u32,
        call: &mut Call,
    ) {
        match parameter {
            Parameter::Fd => {
                let mut fd = self.pick(FDS);
                // The standard streams and the folder are needed for what follows.
                if function.name == "fd_close" || function.name == "fd_renumber" {
                    while fd < 7 && !self.seldom(8) && !self.bytes.is_empty() {
                        fd = self.pick(FDS);
                    }
                    // Neither output nor the script's own descriptors.
                    if (1..7).contains(&fd) && fd != 4 {
                        fd = 9;
                    }
                }
                call.words.push(fd.into());
            }
            Parameter::Path => {
                let name = self.pick(NAMES);
                let at = self.poke(name);
                let mut len = name.len() as u32;
                if self.seldom(40) {
                    len = self.below(300);
                    call.wild |= u64::from(at) + u64::from(len) > self.end().into();
                }
                let at = self.address(at, len, 1, call);
                call.words.extend([at, len].map(u64::from));
            }
            Parameter::Buffer => {
                let len: u32 = self.pick(&[0, 1, 5, 23, 24, 25, 30, 64, 100, 1000, 40_000]);
                let at = self.room(len, 1);
                let at = self.address(at, len, 1, call);
                call.words.extend([at, len].map(u64::from));
            }
            Parameter::Out(len, align) => {
                let at = *answer;
                *answer += len.next_multiple_of(8) + 8;
                let at = self.address(at, len, align, call);
                call.words.push(at.into());
            }
            Parameter::Iovecs => self.iovecs(function, call),
            Parameter::Below(limit) => {
                let wild = self.seldom(100);
                call.invalid |= wild;
                let value = if wild {
                    self.pick(&[limit, limit + 1, 255, u32::MAX])
                } else {
                    self.below(limit)
                };
                // Mostly none of the flags.
                let value =
                    if limit > 4 && !wild && self.below(3) != 0 { value & 3 } else { value };
                call.words.push(value.into());
            }
            Parameter::Long => {
                let long = self.pick(LONGS);
                call.words.push(long);
            }
            Parameter::Rights => {
                let mut rights = self.pick(&[ALL, ALL, 2, 64, 66, 0, 1 << 14, 1 << 29]);
                if self.seldom(200) {
                    (rights, call.invalid) = (u64::MAX, true);
                }
                call.words.push(rights);
            }
            Parameter::Time => {
                let time = self.pick(TIMES);
                call.words.push(time);
            }
            Parameter::Poll => self.subscriptions(call),
        }
    }

    /// The address, or now and then a bad one.
    fn address(&mut self, at: u32, len: u32, align: u32, call: &mut Call) -> u32 {
        let at = match self.below(100) {
            98 => self.pick(&[
                self.end() - len.min(1),
                self.end(),
                self.end() + 1,
                0x7fff_fff8,
                0xffbf_fff8,
                0xffc0_0000,
                u32::MAX - 7,
            ]),
            99 if align > 1 => at + 1,
            _ => at,
        };
        call.misaligned |= at % align != 0;
        call.wild |= u64::from(at) + u64::from(len) > self.end().into();
        at
    }

    fn iovecs(&mut self, function: &Function, call: &mut Call) {
        let count: u32 = self.pick(&[0, 1, 1, 1, 1, 2, 3, 4, 8]);
        // Several buffers with something in them, or one among empty ones, over which the list
        // itself may lie.
        let several = self.below(2) == 0 && function.is_transfer();
        call.whole = several;
        let list = match call.whole {
            // Where no buffer begins: what the guest makes of the list meanwhile would depend on
            // the order.
            true => self.end() - 96,
            false => self.room(count * 8, 4),
        };
        let full = self.below(count.max(1));
        let mut bytes = Vec::new();
        for index in 0..count {
            let filled = several || index == full;
            let len: u32 = match filled {
                true if several => self.pick(&[0, 1, 7, 100, 999, 5000, 65536, 70000]),
                true => self.pick(&[0, 1, 7, 16, 100, 999, 5000, 65536]),
                false => 0,
            };
            let limit: u32 = if call.whole { self.end() - 96 } else { self.end() };
            let mut at = match self.below(12) {
                // Into the list itself.
                0 if !call.whole => list.min(limit - len),
                1 => limit - len,
                2 => OWN.end,
                _ => OWN.end + self.below(8000) * 8,
            };
            at = at.min(limit - len);
            if self.seldom(80) {
                at = self.pick(&[self.end() - len / 2, self.end(), 0xffbf_ffff, u32::MAX]);
                call.wild |= u64::from(at) + u64::from(len) > self.end().into();
            }
            bytes.extend(at.to_le_bytes());
            bytes.extend(len.to_le_bytes());
        }
        self.ops.push(Op::Poke { at: list, bytes });
        let list = self.address(list, count * 8, 4, call);
        let count = if self.seldom(100) { u32::MAX } else { count };
        call.wild |= count == u32::MAX;
        call.words.extend([list, count].map(u64::from));
    }

    /// Files, which are always ready, or a short time alone, so that nobody waits for long.
    fn subscriptions(&mut self, call: &mut Call) {
        let count: u32 = self.pick(&[1, 1, 2, 3, 0]);
        let at = self.room(count * 48, 8);
        call.several = count > 1;
        let files = self.below(2) == 0;
        for index in 0..count {
            let mut one = [0; 48];
            one[0] = index as u8 + 0x40;
            one[8] = match files {
                true => 1 + self.below(2) as u8,
                false => 0,
            };
            match one[8] {
                0 => {
                    one[16] = self.below(2) as u8;
                    let hour = 3_600_000_000_000u64;
                    let timeout = match index {
                        0 if count == 1 => self.pick(&[0, 1000]),
                        0 => 0,
                        _ => self.pick(&[0, hour]),
                    };
                    one[24..32].copy_from_slice(&timeout.to_le_bytes());
                    // A moment in the past is now.
                    one[40] = u8::from(timeout == 0 && self.below(2) == 0);
                }
                _ => one[16] = self.pick(&[7, 7, 7, 7, 7, 8]),
            }
            self.ops.push(Op::Poke { at: at + index * 48, bytes: one.to_vec() });
        }
        let events = self.room(count * 32, 8);
        let at = self.address(at, count * 48, 8, call);
        let events = self.address(events, count * 32, 8, call);
        call.words.extend([at, events, count].map(u64::from));
    }
}
