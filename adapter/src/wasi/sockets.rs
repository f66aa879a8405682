//! `wasi:sockets`: TCP, UDP and names. Addresses are passed flat, as twelve words;
//! `socket/address.rs` makes them.

use super::filesystem::{Byte, Handle, Size};

/// `result<ip-socket-address, error-code>`.
#[repr(C, align(4))]
pub struct Address {
    pub failed: u8,
    pub address: [u32; 8],
}

/// `result<tuple<…>, error-code>` of up to three handles.
#[repr(C)]
pub struct Handles {
    pub failed: u8,
    pub values: [u32; 3],
}

/// `result<list<incoming-datagram>, error-code>`.
#[repr(C)]
pub struct Datagrams {
    pub failed: u8,
    pub list: u32,
    pub len: u32,
}

/// `incoming-datagram`.
#[repr(C)]
pub struct Incoming {
    pub data: u32,
    pub len: u32,
    pub from: [u32; 8],
}

/// `outgoing-datagram`.
#[repr(C)]
pub struct Outgoing {
    pub data: *const u8,
    pub len: usize,
    pub to_some: u32,
    pub to: [u32; 8],
}

/// `result<option<ip-address>, error-code>`.
#[repr(C, align(2))]
pub struct Resolved {
    pub failed: u8,
    pub some_or_error: u16,
    pub v6: u16,
    pub octets: [u16; 8],
}

#[link(wasm_import_module = "wasi:sockets/instance-network@0.2.12")]
unsafe extern "C" {
    #[link_name = "instance-network"]
    pub fn instance_network() -> u32;
}

#[link(wasm_import_module = "wasi:sockets/ip-name-lookup@0.2.12")]
unsafe extern "C" {
    #[link_name = "resolve-addresses"]
    pub fn resolve_addresses(network: u32, name: *const u8, len: usize, result: *mut Handle);
    #[link_name = "[method]resolve-address-stream.resolve-next-address"]
    pub fn resolve_next_address(stream: u32, result: *mut Resolved);
    #[link_name = "[method]resolve-address-stream.subscribe"]
    pub fn subscribe_resolve(stream: u32) -> u32;
    #[link_name = "[resource-drop]resolve-address-stream"]
    pub fn drop_resolve(stream: u32);
}

#[link(wasm_import_module = "wasi:sockets/tcp-create-socket@0.2.12")]
unsafe extern "C" {
    #[link_name = "create-tcp-socket"]
    pub fn create_tcp(family: u32, result: *mut Handle);
}

#[link(wasm_import_module = "wasi:sockets/udp-create-socket@0.2.12")]
unsafe extern "C" {
    #[link_name = "create-udp-socket"]
    pub fn create_udp(family: u32, result: *mut Handle);
}

#[link(wasm_import_module = "wasi:sockets/tcp@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]tcp-socket"]
    pub fn drop_tcp(socket: u32);
    #[link_name = "[method]tcp-socket.start-bind"]
    pub fn tcp_start_bind(
        socket: u32,
        network: u32,
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
        result: *mut Byte,
    );
    #[link_name = "[method]tcp-socket.finish-bind"]
    pub fn tcp_finish_bind(socket: u32, result: *mut Byte);
    #[link_name = "[method]tcp-socket.start-connect"]
    pub fn tcp_start_connect(
        socket: u32,
        network: u32,
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
        result: *mut Byte,
    );
    #[link_name = "[method]tcp-socket.finish-connect"]
    pub fn tcp_finish_connect(socket: u32, result: *mut Handles);
    #[link_name = "[method]tcp-socket.start-listen"]
    pub fn tcp_start_listen(socket: u32, result: *mut Byte);
    #[link_name = "[method]tcp-socket.finish-listen"]
    pub fn tcp_finish_listen(socket: u32, result: *mut Byte);
    #[link_name = "[method]tcp-socket.accept"]
    pub fn tcp_accept(socket: u32, result: *mut Handles);
    #[link_name = "[method]tcp-socket.local-address"]
    pub fn tcp_local_address(socket: u32, result: *mut Address);
    #[link_name = "[method]tcp-socket.remote-address"]
    pub fn tcp_remote_address(socket: u32, result: *mut Address);
    #[link_name = "[method]tcp-socket.set-listen-backlog-size"]
    pub fn tcp_set_backlog(socket: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]tcp-socket.keep-alive-enabled"]
    pub fn tcp_keep_alive(socket: u32, result: *mut Byte);
    #[link_name = "[method]tcp-socket.set-keep-alive-enabled"]
    pub fn tcp_set_keep_alive(socket: u32, on: u32, result: *mut Byte);
    #[link_name = "[method]tcp-socket.receive-buffer-size"]
    pub fn tcp_receive_buffer(socket: u32, result: *mut Size);
    #[link_name = "[method]tcp-socket.set-receive-buffer-size"]
    pub fn tcp_set_receive_buffer(socket: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]tcp-socket.send-buffer-size"]
    pub fn tcp_send_buffer(socket: u32, result: *mut Size);
    #[link_name = "[method]tcp-socket.set-send-buffer-size"]
    pub fn tcp_set_send_buffer(socket: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]tcp-socket.subscribe"]
    pub fn subscribe_tcp(socket: u32) -> u32;
    #[link_name = "[method]tcp-socket.shutdown"]
    pub fn tcp_shutdown(socket: u32, how: u32, result: *mut Byte);
}

#[link(wasm_import_module = "wasi:sockets/udp@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]udp-socket"]
    pub fn drop_udp(socket: u32);
    #[link_name = "[method]udp-socket.start-bind"]
    pub fn udp_start_bind(
        socket: u32,
        network: u32,
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
        result: *mut Byte,
    );
    #[link_name = "[method]udp-socket.finish-bind"]
    pub fn udp_finish_bind(socket: u32, result: *mut Byte);
    #[link_name = "[method]udp-socket.stream"]
    pub fn udp_stream(
        socket: u32,
        some: u32,
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
        result: *mut Handles,
    );
    #[link_name = "[method]udp-socket.local-address"]
    pub fn udp_local_address(socket: u32, result: *mut Address);
    #[link_name = "[method]udp-socket.remote-address"]
    pub fn udp_remote_address(socket: u32, result: *mut Address);
    #[link_name = "[method]udp-socket.receive-buffer-size"]
    pub fn udp_receive_buffer(socket: u32, result: *mut Size);
    #[link_name = "[method]udp-socket.set-receive-buffer-size"]
    pub fn udp_set_receive_buffer(socket: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]udp-socket.send-buffer-size"]
    pub fn udp_send_buffer(socket: u32, result: *mut Size);
    #[link_name = "[method]udp-socket.set-send-buffer-size"]
    pub fn udp_set_send_buffer(socket: u32, size: u64, result: *mut Byte);
    #[link_name = "[method]incoming-datagram-stream.receive"]
    pub fn udp_receive(stream: u32, most: u64, result: *mut Datagrams);
    #[link_name = "[method]incoming-datagram-stream.subscribe"]
    pub fn subscribe_incoming(stream: u32) -> u32;
    #[link_name = "[resource-drop]incoming-datagram-stream"]
    pub fn drop_incoming(stream: u32);
    #[link_name = "[method]outgoing-datagram-stream.check-send"]
    pub fn udp_check_send(stream: u32, result: *mut Size);
    #[link_name = "[method]outgoing-datagram-stream.send"]
    pub fn udp_send(stream: u32, list: *const Outgoing, len: usize, result: *mut Size);
    #[link_name = "[method]outgoing-datagram-stream.subscribe"]
    pub fn subscribe_outgoing(stream: u32) -> u32;
    #[link_name = "[resource-drop]outgoing-datagram-stream"]
    pub fn drop_outgoing(stream: u32);
}
