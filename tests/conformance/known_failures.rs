//! Cases that fail, and why. A case that is listed here and passes is a failure of the test.

/// A case that can't pass yet.
pub struct KnownFailure {
    /// Its name, without ending.
    pub case: &'static str,
    /// Why it fails.
    pub reason: &'static str,
}

const fn known(case: &'static str, reason: &'static str) -> KnownFailure {
    KnownFailure { case, reason }
}

/// Preview 1, our adapter.
pub const OURS: &[KnownFailure] = &[];

/// Preview 1, the official adapter.
pub const OFFICIAL: &[KnownFailure] = &[];

const SERVE: &str = "it is served, and there is no `forebay serve` yet";

/// WASI 0.3.
pub const WASI03: &[KnownFailure] = &[
    known("http-client", SERVE),
    known("http-client-headers", SERVE),
    known("http-client-method", SERVE),
    known("http-client-path", SERVE),
    known("http-client-send-errors", SERVE),
    known("http-client-status", SERVE),
    known("http-client-trailer-error", SERVE),
    known("http-service", SERVE),
    known("http-service-uri", SERVE),
];
