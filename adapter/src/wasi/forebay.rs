//! `forebay:stream`: streams and connections by URL, which hosts of ours give beyond WASI.

/// `result<T, error>` where `T` is a handle: the handle, or the error's case. Its text isn't looked
/// at.
#[repr(C)]
pub struct Opened {
    pub failed: u8,
    pub handle_or_case: u32,
    pub text: u32,
    pub len: u32,
}

#[link(wasm_import_module = "forebay:stream/open@0.1.0")]
unsafe extern "C" {
    #[link_name = "source"]
    pub fn source(url: *const u8, len: usize, result: *mut Opened);
    #[link_name = "sink"]
    pub fn sink(url: *const u8, len: usize, result: *mut Opened);
    #[link_name = "dial"]
    pub fn dial(url: *const u8, len: usize, result: *mut Opened);
    #[link_name = "listen"]
    pub fn listen(url: *const u8, len: usize, result: *mut Opened);
}

#[link(wasm_import_module = "forebay:stream/connection@0.1.0")]
unsafe extern "C" {
    #[link_name = "[method]connection.input"]
    pub fn input(connection: u32, result: *mut Opened);
    #[link_name = "[method]connection.output"]
    pub fn output(connection: u32, result: *mut Opened);
    /// `result<_, error>`: nothing, or the error.
    #[link_name = "[method]connection.finish"]
    pub fn finish(connection: u32, result: *mut Opened);
    #[link_name = "[resource-drop]connection"]
    pub fn drop_connection(connection: u32);
}

#[link(wasm_import_module = "forebay:stream/listener@0.1.0")]
unsafe extern "C" {
    #[link_name = "[method]listener.accept"]
    pub fn accept(listener: u32, result: *mut Opened);
    #[link_name = "[method]listener.subscribe"]
    pub fn subscribe_listener(listener: u32) -> u32;
    #[link_name = "[resource-drop]listener"]
    pub fn drop_listener(listener: u32);
}
