//! `wasi:random`.

#[link(wasm_import_module = "wasi:random/random@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-random-bytes"]
    pub fn get_random_bytes(len: u64, list: *mut [u32; 2]);
    #[link_name = "get-random-u64"]
    pub fn get_random_u64() -> u64;
}
