//! Whether a file is sent, by what the client has of it already (RFC 9110, 13). Pure.

use std::time::{Duration, SystemTime};

use http::header::{
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderName};

/// What tells one state of a file from another.
pub(super) struct Validators {
    /// In its quotes.
    pub etag: String,
    /// When it was changed.
    pub modified: Option<SystemTime>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Condition<'a> {
    /// The file isn't the one that was meant.
    Failed,
    /// The client has it.
    NotModified,
    /// It's sent, or parts of it.
    Send {
        /// What `Range` says, if it counts.
        ranges: Option<&'a str>,
    },
}

impl<'a> Condition<'a> {
    pub(super) fn of(headers: &'a HeaderMap, own: &Validators) -> Condition<'a> {
        let there = |name: &HeaderName| headers.contains_key(name);
        let date = |name: &HeaderName| httpdate::parse_http_date(text(headers, name)?).ok();

        let fits = if there(&IF_MATCH) {
            lists(headers, &IF_MATCH, &own.etag, false)
        } else {
            date(&IF_UNMODIFIED_SINCE).is_none_or(|since| !own.is_after(since))
        };
        if !fits {
            return Condition::Failed;
        }

        let known = if there(&IF_NONE_MATCH) {
            lists(headers, &IF_NONE_MATCH, &own.etag, true)
        } else {
            date(&IF_MODIFIED_SINCE)
                .is_some_and(|since| own.modified.is_some() && !own.is_after(since))
        };
        if known {
            return Condition::NotModified;
        }

        let same = match text(headers, &IF_RANGE) {
            None => !there(&IF_RANGE),
            Some(tag) if tag.starts_with('"') => tag == own.etag,
            // A date must be the very one.
            Some(date) => {
                own.modified.is_some_and(|modified| date == httpdate::fmt_http_date(modified))
            }
        };
        Condition::Send { ranges: text(headers, &RANGE).filter(|_| same) }
    }
}

impl Validators {
    /// Whether the file was changed after a time, which is in whole seconds.
    fn is_after(&self, since: SystemTime) -> bool {
        self.modified.is_some_and(|modified| modified >= since + Duration::from_secs(1))
    }
}

/// A header that is there once.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then(|| value.trim())
}

/// Whether a list of tags has this one, or is `*`. Weak tags count where that is enough.
fn lists(headers: &HeaderMap, name: &HeaderName, etag: &str, weak: bool) -> bool {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        let mut rest = list.trim();
        if rest == "*" {
            return true;
        }
        // A comma may stand within quotes.
        while let Some(start) = rest.find('"') {
            let is_weak = rest[..start].ends_with("W/");
            let Some(length) = rest[start + 1..].find('"') else { return false };
            let end = start + length + 2;
            if &rest[start..end] == etag && (weak || !is_weak) {
                return true;
            }
            rest = &rest[end..];
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "Tue, 10 Oct 2000 13:55:36 GMT";
    const LATER: &str = "Tue, 10 Oct 2000 13:55:37 GMT";
    const BEFORE: &str = "Tue, 10 Oct 2000 13:55:35 GMT";

    fn check(sent: &[(&str, &str)], expected: Condition<'_>) {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let modified = httpdate::parse_http_date(NOW).unwrap() + Duration::from_millis(700);
        let own = Validators { etag: "\"a,b\"".into(), modified: Some(modified) };
        assert_eq!(Condition::of(&headers, &own), expected, "{sent:?}");
    }

    #[test]
    fn what_the_client_has_isnt_sent_again() {
        for sent in [
            ("if-none-match", "\"a,b\""),
            ("if-none-match", "\"x\", W/\"a,b\""),
            ("if-none-match", "*"),
            ("if-modified-since", NOW),
            ("if-modified-since", LATER),
        ] {
            check(&[sent], Condition::NotModified);
        }
        for sent in [
            ("if-none-match", "\"a\",\"b\""),
            ("if-none-match", "a,b"),
            ("if-none-match", "\"a,b"),
            ("if-modified-since", BEFORE),
            ("if-modified-since", "yesterday"),
        ] {
            check(&[sent], Condition::Send { ranges: None });
        }
        // The tag counts, and the time doesn't.
        check(
            &[("if-none-match", "\"x\""), ("if-modified-since", LATER)],
            Condition::Send { ranges: None },
        );
    }

    #[test]
    fn a_file_that_isnt_the_one_that_was_meant_isnt_sent() {
        for sent in
            [("if-match", "\"x\""), ("if-match", "W/\"a,b\""), ("if-unmodified-since", BEFORE)]
        {
            check(&[sent], Condition::Failed);
        }
        for sent in [("if-match", "\"a,b\""), ("if-match", "*"), ("if-unmodified-since", NOW)] {
            check(&[sent], Condition::Send { ranges: None });
        }
    }

    #[test]
    fn parts_are_sent_of_the_same_file_only() {
        let range = ("range", "bytes=0-1");
        for (sent, counts) in [
            ("\"a,b\"", true),
            (NOW, true),
            ("W/\"a,b\"", false),
            ("\"x\"", false),
            (LATER, false),
            ("", false),
        ] {
            let ranges = counts.then_some("bytes=0-1");
            check(&[range, ("if-range", sent)], Condition::Send { ranges });
        }
        check(&[range], Condition::Send { ranges: Some("bytes=0-1") });
        check(&[range, range], Condition::Send { ranges: None });
    }
}
