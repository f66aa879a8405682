//! A route, a host and a path: what is read is in one spelling, and no part of a path leads up.

use forebay::app::{HostName, Pattern, RequestPath};

/// One input: three lines; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (pattern, host, path) = (line().parse::<Pattern>(), line(), line());

    for path in [RequestPath::http(path), RequestPath::gopher(path.as_bytes())].iter().flatten() {
        for (index, part) in path.parts.iter().enumerate() {
            assert!(!part.is_empty() && !part.contains(&0));
            assert!(part.split(|byte| matches!(byte, b'/' | b'\\')).all(|piece| piece != b".."));
            assert!(path.end_of(index) < path.end_of(index + 1));
        }
        if let Ok(Pattern::Http { path: own, .. } | Pattern::Gopher(own)) = &pattern {
            assert!(!own.is_for(path) || own.named() <= path.parts.len());
        }
    }

    let Ok(host) = host.parse::<HostName>() else { return };
    if let Ok(pattern) = &pattern {
        pattern.is_for_host(&host);
    }
}
