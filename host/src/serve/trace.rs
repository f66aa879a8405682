//! Which request something belongs to: W3C's `traceparent`, and an identity for logs. Pure, but for
//! random numbers.

use std::fmt;
use std::str::FromStr;

/// The longest identity that is taken from a client, in bytes.
const LONGEST: usize = 128;

/// Where a request stands in a trace (W3C Trace Context, level 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceParent {
    /// A new trace. It isn't sampled.
    pub fn new() -> TraceParent {
        TraceParent {
            trace: (u128::from(random()) << 64) | u128::from(random()),
            span: random(),
            flags: 0,
        }
    }

    /// The same trace, one step further in.
    #[must_use]
    pub fn child(self) -> TraceParent {
        TraceParent { span: random(), ..self }
    }

    /// The trace's own identity.
    pub fn trace(self) -> String {
        format!("{:032x}", self.trace)
    }
}

impl Default for TraceParent {
    fn default() -> Self {
        TraceParent::new()
    }
}

/// What is no `traceparent`; then a new trace begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTrace;

impl FromStr for TraceParent {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<TraceParent, NoTrace> {
        let mut fields = text.split('-');
        let mut hex = |length: usize| {
            let field = fields.next().filter(|field| field.len() == length)?;
            let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            field.bytes().all(lower).then(|| u128::from_str_radix(field, 16).ok())?
        };
        let (version, trace) = (hex(2).ok_or(NoTrace)?, hex(32).ok_or(NoTrace)?);
        let (span, flags) = (hex(16).ok_or(NoTrace)?, hex(2).ok_or(NoTrace)?);
        // A later version may have more fields; this one hasn't.
        let more = fields.next().is_some();
        if version == 0xff || (version == 0 && more) || trace == 0 || span == 0 {
            return Err(NoTrace);
        }
        let (span, flags) = (u64::try_from(span), u8::try_from(flags));
        Ok(TraceParent {
            trace,
            span: span.map_err(|_| NoTrace)?,
            // Only the first flag is known.
            flags: flags.map_err(|_| NoTrace)? & 1,
        })
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

/// A request's identity: the client's own, if it's one that no log or header minds, or a new one.
pub fn request_id(given: Option<&str>) -> String {
    let fits = |id: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        !id.is_empty() && id.len() <= LONGEST && id.bytes().all(plain)
    };
    given.filter(fits).map_or_else(|| format!("{:016x}", random()), str::to_owned)
}

/// A number other than 0.
fn random() -> u64 {
    // Without the system's numbers identities are alike, which only a reader of logs minds.
    getrandom::u64().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_is_passed_on_with_a_step_of_its_own() {
        let given: TraceParent = GIVEN.parse().unwrap();
        assert_eq!(given.to_string(), GIVEN);
        let child = given.child();
        assert_eq!((child.trace, child.flags), (given.trace, 1));
        assert_ne!(child.span, given.span);
        assert_eq!(child.to_string().parse(), Ok(child));
        assert_eq!(given.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(TraceParent::new().trace, TraceParent::new().trace);
    }

    #[test]
    fn a_later_version_is_read_as_this_one() {
        let later = format!("cc{}-what-the-future-brings", &GIVEN[2..]);
        assert_eq!(later.parse::<TraceParent>().unwrap().to_string(), GIVEN);
        let flags = GIVEN.replace("-01", "-ff");
        assert_eq!(flags.parse::<TraceParent>().unwrap().to_string(), GIVEN);
    }

    #[test]
    fn what_is_no_trace_is_left_out() {
        for text in [
            "",
            "00",
            &GIVEN.to_uppercase(),
            &format!("{GIVEN}-x"),
            &format!("ff{}", &GIVEN[2..]),
            &GIVEN.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GIVEN.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GIVEN.replace("00f0", "+0f0"),
            &GIVEN.replace("-01", "-1"),
            &GIVEN.replace('-', "_"),
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(NoTrace), "{text}");
        }
    }

    #[test]
    fn a_clients_identity_is_taken_if_nothing_minds_it() {
        assert_eq!(request_id(Some("a-1_B.c:2")), "a-1_B.c:2");
        for bad in ["", "a b", "a\nb", "ä", "\"", &"x".repeat(129)] {
            assert_eq!(request_id(Some(bad)).len(), 16, "{bad:?}");
        }
        assert_ne!(request_id(None), request_id(None));
    }
}
