//! `wasi:filesystem`: descriptors, directories, preopens.

use super::clocks::Datetime;

/// `result<T, error-code>` where `T` is no larger than a byte.
#[repr(C)]
pub struct Byte {
    pub failed: u8,
    pub value: u8,
}

/// `result<T, error-code>` where `T` is a handle.
#[repr(C)]
pub struct Handle {
    pub failed: u8,
    pub value: u32,
}

/// `result<T, error-code>` where `T` is a `u64`.
#[repr(C)]
pub struct Size {
    pub failed: u8,
    pub value: u64,
}

/// `result<tuple<list<u8>, bool>, error-code>`, or with a string and without the end marker.
#[repr(C)]
pub struct Bytes {
    pub failed: u8,
    pub ptr: u32,
    pub len: u32,
    pub end: u8,
}

/// `result<metadata-hash-value, error-code>`.
#[repr(C)]
pub struct Hash {
    pub failed: u8,
    pub lower: u64,
    pub upper: u64,
}

/// `option<datetime>`.
#[repr(C)]
pub struct Time {
    pub some: u8,
    pub time: Datetime,
}

/// `result<descriptor-stat, error-code>`; the error code lies where `kind` does.
#[repr(C)]
pub struct Stat {
    pub failed: u8,
    pub kind: u64,
    pub links: u64,
    pub size: u64,
    pub accessed: Time,
    pub modified: Time,
    pub changed: Time,
}

/// `result<option<directory-entry>, error-code>`.
#[repr(C)]
pub struct DirectoryEntry {
    pub failed: u8,
    pub some: u32,
    pub kind: u32,
    pub name: u32,
    pub name_len: u32,
}

/// `new-timestamp`, flattened.
#[derive(Clone, Copy)]
pub struct NewTime {
    pub case: u32,
    pub seconds: u64,
    pub nanoseconds: u32,
}

#[link(wasm_import_module = "wasi:filesystem/preopens@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-directories"]
    pub fn get_directories(list: *mut [u32; 2]);
}

#[link(wasm_import_module = "wasi:filesystem/types@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]descriptor"]
    pub fn drop_descriptor(fd: u32);
    #[link_name = "[method]descriptor.read-via-stream"]
    pub fn read_via_stream(fd: u32, offset: u64, result: *mut Handle);
    #[link_name = "[method]descriptor.write-via-stream"]
    pub fn write_via_stream(fd: u32, offset: u64, result: *mut Handle);
    #[link_name = "[method]descriptor.append-via-stream"]
    pub fn append_via_stream(fd: u32, result: *mut Handle);
    #[link_name = "[method]descriptor.advise"]
    pub fn advise(fd: u32, offset: u64, len: u64, advice: u32, result: *mut Byte);
    #[link_name = "[method]descriptor.sync-data"]
    pub fn sync_data(fd: u32, result: *mut Byte);
    #[link_name = "[method]descriptor.sync"]
    pub fn sync(fd: u32, result: *mut Byte);
    #[link_name = "[method]descriptor.get-flags"]
    pub fn get_flags(fd: u32, result: *mut Byte);
    #[link_name = "[method]descriptor.get-type"]
    pub fn get_type(fd: u32, result: *mut Byte);
    #[link_name = "[method]descriptor.set-size"]
    pub fn set_size(fd: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]descriptor.set-times"]
    pub fn set_times(
        fd: u32,
        a: u32,
        as_: u64,
        an: u32,
        m: u32,
        ms: u64,
        mn: u32,
        result: *mut Byte,
    );
    #[link_name = "[method]descriptor.read"]
    pub fn read(fd: u32, len: u64, offset: u64, result: *mut Bytes);
    #[link_name = "[method]descriptor.write"]
    pub fn write(fd: u32, ptr: *const u8, len: usize, offset: u64, result: *mut Size);
    #[link_name = "[method]descriptor.read-directory"]
    pub fn read_directory(fd: u32, result: *mut Handle);
    #[link_name = "[method]descriptor.create-directory-at"]
    pub fn create_directory_at(fd: u32, path: *const u8, len: usize, result: *mut Byte);
    #[link_name = "[method]descriptor.stat"]
    pub fn stat(fd: u32, result: *mut Stat);
    #[link_name = "[method]descriptor.stat-at"]
    pub fn stat_at(fd: u32, flags: u32, path: *const u8, len: usize, result: *mut Stat);
    #[link_name = "[method]descriptor.set-times-at"]
    pub fn set_times_at(
        fd: u32,
        flags: u32,
        path: *const u8,
        len: usize,
        a: u32,
        as_: u64,
        an: u32,
        m: u32,
        ms: u64,
        mn: u32,
        result: *mut Byte,
    );
    #[link_name = "[method]descriptor.link-at"]
    pub fn link_at(
        fd: u32,
        flags: u32,
        old: *const u8,
        old_len: usize,
        to: u32,
        new: *const u8,
        new_len: usize,
        result: *mut Byte,
    );
    #[link_name = "[method]descriptor.open-at"]
    pub fn open_at(
        fd: u32,
        flags: u32,
        path: *const u8,
        len: usize,
        how: u32,
        access: u32,
        result: *mut Handle,
    );
    #[link_name = "[method]descriptor.readlink-at"]
    pub fn readlink_at(fd: u32, path: *const u8, len: usize, result: *mut Bytes);
    #[link_name = "[method]descriptor.remove-directory-at"]
    pub fn remove_directory_at(fd: u32, path: *const u8, len: usize, result: *mut Byte);
    #[link_name = "[method]descriptor.rename-at"]
    pub fn rename_at(
        fd: u32,
        old: *const u8,
        old_len: usize,
        to: u32,
        new: *const u8,
        new_len: usize,
        result: *mut Byte,
    );
    #[link_name = "[method]descriptor.symlink-at"]
    pub fn symlink_at(
        fd: u32,
        old: *const u8,
        old_len: usize,
        new: *const u8,
        new_len: usize,
        result: *mut Byte,
    );
    #[link_name = "[method]descriptor.unlink-file-at"]
    pub fn unlink_file_at(fd: u32, path: *const u8, len: usize, result: *mut Byte);
    #[link_name = "[method]descriptor.metadata-hash"]
    pub fn metadata_hash(fd: u32, result: *mut Hash);
    #[link_name = "[method]descriptor.metadata-hash-at"]
    pub fn metadata_hash_at(fd: u32, flags: u32, path: *const u8, len: usize, result: *mut Hash);
    #[link_name = "[method]directory-entry-stream.read-directory-entry"]
    pub fn read_directory_entry(stream: u32, result: *mut DirectoryEntry);
    #[link_name = "[resource-drop]directory-entry-stream"]
    pub fn drop_directory_entries(stream: u32);
    #[link_name = "filesystem-error-code"]
    pub fn filesystem_error_code(error: u32, code: *mut Byte);
}
