//! Cases that fail, and why. A case that is listed here and passes is a failure of the test.

/// A case that can't pass yet.
pub struct KnownFailure {
    /// Its name, without ending.
    pub case: &'static str,
    /// Why it fails.
    pub reason: &'static str,
}

/// Preview 1, our adapter.
pub const OURS: &[KnownFailure] = &[];

/// Preview 1, the official adapter.
pub const OFFICIAL: &[KnownFailure] = &[];

/// WASI 0.3.
pub const WASI03: &[KnownFailure] = &[];
