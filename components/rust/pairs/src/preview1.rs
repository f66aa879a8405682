//! What makes a module one of preview 1: its imports, and for a command its start.

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn environ_sizes_get(count: *mut u32, size: *mut u32) -> i32;
}

/// How many variables there are.
pub fn variables() -> u32 {
    let (mut count, mut size) = (0, 0);
    // SAFETY: both places are there to be written.
    assert_eq!(unsafe { environ_sizes_get(&mut count, &mut size) }, 0);
    count
}

#[cfg(feature = "caller-command")]
mod command {
    #[repr(C)]
    struct Piece {
        at: *const u8,
        size: usize,
    }

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn args_sizes_get(count: *mut usize, size: *mut usize) -> i32;
        fn args_get(at: *mut *const u8, bytes: *mut u8) -> i32;
        fn fd_write(fd: i32, pieces: *const Piece, count: usize, written: *mut usize) -> i32;
    }

    /// Makes the call that the first argument names, and prints what came of it.
    #[unsafe(no_mangle)]
    extern "C" fn _start() {
        let (mut count, mut size) = (0, 0);
        // SAFETY: both places are there to be written, and then there is as much room as the host
        // asked for.
        let bytes = unsafe {
            assert_eq!(args_sizes_get(&mut count, &mut size), 0);
            let (mut at, mut bytes) = (vec![core::ptr::null(); count], vec![0; size]);
            assert_eq!(args_get(at.as_mut_ptr(), bytes.as_mut_ptr()), 0);
            bytes
        };
        let kind = bytes.split(|byte| *byte == 0).nth(1).expect("the call's name");
        let told = crate::caller::call(core::str::from_utf8(kind).expect("text"));
        super::variables();
        let mut written = 0;
        for piece in [told.as_str(), "\n"] {
            // SAFETY: the piece lives until the call has returned.
            assert_eq!(
                unsafe {
                    fd_write(1, &Piece { at: piece.as_ptr(), size: piece.len() }, 1, &mut written)
                },
                0
            );
        }
    }
}
