//! Which bytes of a file are asked for (RFC 9110, 14). Pure.

/// The most parts that are sent; who asks for more gets the whole file.
const MOST: usize = 16;

/// Bytes from one place up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first.
    pub start: u64,
    /// The one after the last.
    pub end: u64,
}

impl Span {
    /// How many there are.
    pub fn length(self) -> u64 {
        self.end - self.start
    }

    /// As `Content-Range` says it.
    pub fn described(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.start, self.end - 1)
    }
}

/// What a `Range` header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// Everything; so, too, if the header can't be read.
    Whole,
    /// One part.
    One(Span),
    /// Several parts, together no more than everything.
    Several(Vec<Span>),
    /// Nothing that is there.
    None,
}

/// Reads a header, for a file of that size.
pub(super) fn read(text: &str, size: u64) -> Ranges {
    let unit = text.get(..6).filter(|unit| unit.eq_ignore_ascii_case("bytes="));
    if unit.is_none() {
        return Ranges::Whole;
    }

    let mut spans = Vec::new();
    for (index, part) in text[6..].split(',').enumerate() {
        match span(part.trim_matches([' ', '\t']), size) {
            _ if index >= MOST => return Ranges::Whole,
            Ok(span) => spans.extend(span),
            Err(()) => return Ranges::Whole,
        }
    }
    let total = spans.iter().fold(0u64, |total, span| total.saturating_add(span.length()));
    match spans.as_slice() {
        [] => Ranges::None,
        [span] => Ranges::One(*span),
        _ if total > size => Ranges::Whole,
        _ => Ranges::Several(spans),
    }
}

/// A part; nothing if it lies behind the end.
fn span(text: &str, size: u64) -> Result<Option<Span>, ()> {
    let (first, last) = text.split_once('-').ok_or(())?;
    // A number that is too large is one behind the end.
    let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(digits.parse().unwrap_or(u64::MAX)),
        false => Err(()),
    };
    let span = match (first, last) {
        ("", "") => return Err(()),
        ("", count) => Span { start: size.saturating_sub(number(count)?), end: size },
        (start, "") => Span { start: number(start)?, end: size },
        (start, last) => {
            let (start, last) = (number(start)?, number(last)?);
            if last < start {
                return Err(());
            }
            Span { start, end: last.saturating_add(1).min(size) }
        }
    };
    Ok((span.start < span.end).then_some(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parts_of_what_is_there() {
        let one = |start, end| Ranges::One(Span { start, end });
        for (text, ranges) in [
            ("bytes=0-0", one(0, 1)),
            ("Bytes=2-", one(2, 10)),
            ("bytes=-3", one(7, 10)),
            ("bytes=-30", one(0, 10)),
            ("bytes=5-99999999999999999999999", one(5, 10)),
            ("bytes=10-", Ranges::None),
            ("bytes=-0", Ranges::None),
            ("bytes=99999999999999999999-", Ranges::None),
            ("bytes=20-30, 3-4", one(3, 5)),
            (
                "bytes=0-1,5-6",
                Ranges::Several(vec![Span { start: 0, end: 2 }, Span { start: 5, end: 7 }]),
            ),
            ("bytes=0-,0-,0-", Ranges::Whole),
            ("bytes=0-9", one(0, 10)),
        ] {
            assert_eq!(read(text, 10), ranges, "{text}");
        }
        assert_eq!((read("bytes=0-", 0), read("bytes=-1", 0)), (Ranges::None, Ranges::None));
    }

    #[test]
    fn what_cant_be_read_is_as_if_it_wasnt_there() {
        let many = format!("bytes={}", vec!["0-0"; 17].join(","));
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-3",
            "bytes=a-b",
            "bytes=+1-2",
            "items=0-1",
            "bytes=0-1;",
            "bytes=1",
            "bytes=0-1,,",
            &many,
            "ä",
        ] {
            assert_eq!(read(text, 100), Ranges::Whole, "{text}");
        }
    }
}
