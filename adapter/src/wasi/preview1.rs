//! `forebay:preview1`: what a host of ours gives beyond WASI.

/// `preopened`.
#[repr(C)]
pub struct Preopened {
    pub before_directories: u8,
    pub sockets: u32,
    pub len: u32,
}

/// `socket`.
#[repr(C)]
pub struct Socket {
    pub address: [u32; 8],
    pub connect: u8,
    pub nonblocking: u8,
    pub backlog: u32,
}

#[link(wasm_import_module = "forebay:preview1/preopens@0.1.0")]
unsafe extern "C" {
    #[link_name = "sockets"]
    pub fn sockets(result: *mut Preopened);
    #[link_name = "opened"]
    pub fn opened(
        number: u32,
        case: u32,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
    );
    #[link_name = "failed"]
    pub fn failed(number: u32, error: u32);
}
