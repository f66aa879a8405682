//! Takes one connection on the listener that is open as descriptor 3, reads it to its end into memory that grows, and sends it
//! back from its last byte to its first. Meanwhile a thousand other blocks of the heap must keep what was put into them.

const std = @import("std");

const wasi = struct {
    const Iovec = extern struct { ptr: [*]u8, len: usize };
    extern "wasi_snapshot_preview1" fn sock_accept(fd: u32, flags: u16, accepted: *u32) u16;
    extern "wasi_snapshot_preview1" fn fd_read(fd: u32, iovecs: [*]const Iovec, count: usize, read: *usize) u16;
    extern "wasi_snapshot_preview1" fn fd_write(fd: u32, iovecs: [*]const Iovec, count: usize, written: *usize) u16;
    extern "wasi_snapshot_preview1" fn fd_close(fd: u32) u16;
    extern "wasi_snapshot_preview1" fn proc_exit(code: u32) noreturn;
};

const allocator = std.heap.wasm_allocator;

fn must(fine: bool, code: u32) void {
    if (!fine) wasi.proc_exit(code);
}

fn block(len: usize) []u8 {
    return allocator.alloc(u8, len) catch wasi.proc_exit(10);
}

fn length(index: usize) usize {
    return 1 + index * 37 % 3000;
}

pub fn main() void {
    var kept: [1000][]u8 = undefined;
    for (&kept, 0..) |*one, index| {
        one.* = block(length(index));
        @memset(one.*, @truncate(index));
    }

    var connection: u32 = 0;
    must(wasi.sock_accept(3, 0, &connection) == 0, 11);
    var bytes = block(64);
    var len: usize = 0;
    while (true) {
        if (len == bytes.len) bytes = allocator.realloc(bytes, bytes.len * 2) catch wasi.proc_exit(12);
        const rest = [1]wasi.Iovec{.{ .ptr = bytes.ptr + len, .len = bytes.len - len }};
        var read: usize = 0;
        must(wasi.fd_read(connection, &rest, 1, &read) == 0, 13);
        if (read == 0) break;
        len += read;
    }

    std.mem.reverse(u8, bytes[0..len]);
    var sent: usize = 0;
    while (sent < len) {
        const rest = [1]wasi.Iovec{.{ .ptr = bytes.ptr + sent, .len = len - sent }};
        var written: usize = 0;
        must(wasi.fd_write(connection, &rest, 1, &written) == 0, 14);
        sent += written;
    }
    must(wasi.fd_close(connection) == 0, 15);

    for (kept, 0..) |one, index| {
        must(one.len == length(index), 16);
        for (one) |byte| must(byte == @as(u8, @truncate(index)), 17);
        allocator.free(one);
    }
}
