//! Sizes and durations as people type them: `64MiB`, `2s`. Text comes in, numbers or a usage error
//! go out.

use std::time::Duration;

use crate::error::{Class, Error, Result};

/// Reads a size in bytes: a number, alone or with `K`, `M`, `G`, `T` or `KiB`, `MiB`, `GiB`, `TiB`
/// (all powers of 1024), or `kB`, `MB`, `GB`, `TB` (powers of 1000).
///
/// # Errors
/// `Class::Usage` for anything else, and for sizes over 2⁶⁴ − 1.
pub fn size(text: &str) -> Result<u64> {
    let wrong = || {
        Error::new(Class::Usage, format!("`{text}` is not a size"))
            .hint("write a number of bytes, or one with a unit: `64KiB`, `512MiB`, `4GiB`")
    };
    let (number, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)
}

/// Reads a number of things.
///
/// # Errors
/// `Class::Usage` for anything that isn't a whole number from 0 on, and for one that is too large.
pub fn count<T: TryFrom<u64>>(text: &str) -> Result<T> {
    let wrong = |why: &str| {
        Error::new(Class::Usage, format!("`{text}` is not a number"))
            .cause(why)
            .hint("write a whole number: `1000`")
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        let negative = text.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
        return Err(wrong(if negative { "it is below 0" } else { "it isn't made of digits" }));
    }
    let large = || wrong("it is too large");
    let number = text.parse::<u64>().map_err(|_| large())?;
    T::try_from(number).map_err(|_| large())
}

/// Reads a duration: a number with `ms`, `s`, `m` or `h`; a fraction is allowed. A number alone is
/// refused, since some tools mean seconds by it and others milliseconds.
///
/// # Errors
/// `Class::Usage` for anything else, and for durations over a hundred years.
pub fn duration(text: &str) -> Result<Duration> {
    let wrong = || {
        Error::new(Class::Usage, format!("`{text}` is not a duration"))
            .hint("write a number with a unit: `500ms`, `2s`, `1.5m`, `1h`")
    };
    let (number, unit) = split(text);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let total = number.parse::<f64>().map_err(|_| wrong())? * seconds;
    if !(0.0..=3.2e9).contains(&total) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(total).map_err(|_| wrong())
}

/// Splits where the digits end.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("64KiB", 65536),
            ("2 MiB", 2 << 20),
            ("4g", 4 << 30),
            ("1kB", 1000),
        ] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MiB", "-1", "1.5G", "4 gigs", "99999999999999999999", "20000000TiB"] {
            assert_eq!(size(text).unwrap_err().class(), Class::Usage, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, millis) in
            [("500ms", 500), ("2s", 2000), ("1.5m", 90_000), ("1h", 3_600_000), ("0s", 0)]
        {
            assert_eq!(duration(text).unwrap().as_millis(), millis, "{text}");
        }
        for text in ["", "2", "s", "-1s", "1 year", "1e400s", "99999999999999h", "1..5s"] {
            assert_eq!(duration(text).unwrap_err().class(), Class::Usage, "{text}");
        }
    }
}
