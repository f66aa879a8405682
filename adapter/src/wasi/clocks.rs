//! `wasi:clocks`: the monotonic clock and the time of day.

#[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.2.12")]
unsafe extern "C" {
    #[link_name = "now"]
    pub fn monotonic_now() -> u64;
    #[link_name = "resolution"]
    pub fn monotonic_resolution() -> u64;
    #[link_name = "subscribe-duration"]
    pub fn subscribe_duration(after: u64) -> u32;
}

/// `datetime`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Datetime {
    pub seconds: u64,
    pub nanoseconds: u32,
}

#[link(wasm_import_module = "wasi:clocks/wall-clock@0.2.12")]
unsafe extern "C" {
    #[link_name = "now"]
    pub fn wall_now(time: *mut Datetime);
    #[link_name = "resolution"]
    pub fn wall_resolution(time: *mut Datetime);
}
