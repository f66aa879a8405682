//! `wasi:io`: errors, pollables, streams.

#[link(wasm_import_module = "wasi:io/error@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]error"]
    pub fn drop_error(error: u32);
}

#[link(wasm_import_module = "wasi:io/poll@0.2.12")]
unsafe extern "C" {
    #[link_name = "poll"]
    pub fn poll(pollables: *const u32, count: usize, ready: *mut [u32; 2]);
    #[link_name = "[method]pollable.block"]
    pub fn block(pollable: u32);
    #[link_name = "[resource-drop]pollable"]
    pub fn drop_pollable(pollable: u32);
}

/// `result<list<u8>, stream-error>`: a list, or the variant's case and its error.
#[repr(C)]
pub struct Read {
    pub failed: u8,
    pub ptr_or_case: u32,
    pub len_or_error: u32,
}

/// `result<_, stream-error>`: the variant is aligned as its handle is, so its case is the first
/// byte of a word.
#[repr(C)]
pub struct Written {
    pub failed: u8,
    pub case: u32,
    pub error: u32,
}

/// `result<u64, stream-error>`.
#[repr(C, align(8))]
pub struct Room {
    pub failed: u8,
    pub value: u64,
}

#[link(wasm_import_module = "wasi:io/streams@0.2.12")]
unsafe extern "C" {
    #[link_name = "[method]input-stream.read"]
    pub fn read(stream: u32, len: u64, result: *mut Read);
    #[link_name = "[method]input-stream.blocking-read"]
    pub fn blocking_read(stream: u32, len: u64, result: *mut Read);
    #[link_name = "[method]input-stream.subscribe"]
    pub fn subscribe_input(stream: u32) -> u32;
    #[link_name = "[resource-drop]input-stream"]
    pub fn drop_input(stream: u32);
    #[link_name = "[method]output-stream.check-write"]
    pub fn check_write(stream: u32, result: *mut Room);
    #[link_name = "[method]output-stream.write"]
    pub fn write(stream: u32, ptr: *const u8, len: usize, result: *mut Written);
    #[link_name = "[method]output-stream.blocking-write-and-flush"]
    pub fn blocking_write_and_flush(stream: u32, ptr: *const u8, len: usize, result: *mut Written);
    #[link_name = "[method]output-stream.flush"]
    pub fn flush(stream: u32, result: *mut Written);
    #[link_name = "[method]output-stream.blocking-flush"]
    pub fn blocking_flush(stream: u32, result: *mut Written);
    #[link_name = "[method]output-stream.subscribe"]
    pub fn subscribe_output(stream: u32) -> u32;
    #[link_name = "[resource-drop]output-stream"]
    pub fn drop_output(stream: u32);
}
