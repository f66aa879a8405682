//! The command as a user meets it: what is typed, what comes out, the exit code. Cases are in
//! `cases/*.md`; a console block is a test. `TRYCMD=overwrite cargo test --release --test cli`
//! writes new answers, to be read before they are committed.

#[test]
fn cases() {
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let cases = trycmd::TestCases::new();
    cases
        .env("XDG_CACHE_HOME", cache.to_str().unwrap())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .env("TZ", "UTC")
        .register_bin("forebay", Path::new(env!("CARGO_BIN_EXE_forebay")))
        .case("tests/cli/cases/*.md");
}

use std::path::Path;
