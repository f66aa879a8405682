//! Inputs by chance: examples, changed a little, and changed again.

/// No input is longer, in bytes.
const LONGEST: usize = 64 << 10;
/// So many changed inputs are kept, to be changed further.
const KEPT: usize = 64;

/// Numbers at the edges of types.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1",
    "127",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
];

/// Makes inputs, the same ones for the same seed.
pub struct Chance {
    state: u64,
    examples: Vec<Vec<u8>>,
    /// Pieces of the examples.
    words: Vec<Vec<u8>>,
    kept: Vec<Vec<u8>>,
    made: usize,
}

impl Chance {
    pub fn new(seed: u64, examples: Vec<Vec<u8>>) -> Chance {
        assert!(!examples.is_empty(), "chance needs something to begin with");
        let mut words = Vec::new();
        for example in &examples {
            let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let parts = example.chunk_by(|a, b| of_word(a) == of_word(b));
            words.extend(parts.filter(|part| part.len() <= 32).map(<[u8]>::to_vec));
        }
        words.sort();
        words.dedup();
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Chance { state, examples, words, kept: Vec::new(), made: 0 }
    }

    /// The next input: first each example as it is, then changed ones.
    pub fn input(&mut self) -> Vec<u8> {
        self.made += 1;
        if let Some(example) = self.examples.get(self.made - 1) {
            return example.clone();
        }

        let mut input = self.begin();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        if self.below(8) == 0 && !input.is_empty() {
            if self.kept.len() < KEPT {
                self.kept.push(input.clone());
            } else {
                let place = self.below(KEPT);
                self.kept[place] = input.clone();
            }
        }
        input
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state >> 16
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn begin(&mut self) -> Vec<u8> {
        if !self.kept.is_empty() && self.below(3) == 0 {
            let place = self.below(self.kept.len());
            return self.kept[place].clone();
        }
        let place = self.below(self.examples.len());
        self.examples[place].clone()
    }

    /// A part of the input, most often a small one.
    fn part(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(input.len() + 1);
        let most = if self.below(4) == 0 { input.len() } else { 8 };
        start..(start + self.below(most + 1)).min(input.len())
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(10) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.next() as u8,
            2 | 3 => {
                let word = self.below(self.words.len());
                let word = self.words[word].clone();
                // In the place of something, or between.
                let until = if self.below(2) == 0 { at } else { self.part(input).end.max(at) };
                input.splice(at..until, word);
            }
            4 => drop(input.drain(self.part(&input.clone()))),
            5 => {
                let part = self.part(input);
                let copy = input[part].to_vec();
                input.splice(at..at, copy);
            }
            6 => {
                let other = self.begin();
                let part = self.part(&other);
                input.splice(at..at, other[part].to_vec());
            }
            7 => input.truncate(at),
            8 if at < input.len() => {
                let (byte, count) = (input[at], 1 << self.below(13));
                input.splice(at..at, std::iter::repeat_n(byte, count));
            }
            _ => self.number(input),
        }
    }

    /// Another number in the place of one.
    fn number(&mut self, input: &mut Vec<u8>) {
        let number = NUMBERS[self.below(NUMBERS.len())].bytes();
        let from = self.below(input.len() + 1);
        let digit = |byte: &u8| byte.is_ascii_digit();
        match input[from..].iter().position(digit) {
            Some(offset) => {
                let start = from + offset;
                let count = input[start..].iter().take_while(|byte| digit(byte)).count();
                input.splice(start..start + count, number);
            }
            None => drop(input.splice(from..from, number)),
        }
    }
}
