//! `wasi:cli`: arguments, environment, exit, standard streams, terminals.

#[link(wasm_import_module = "wasi:cli/environment@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-arguments"]
    pub fn get_arguments(list: *mut [u32; 2]);
    #[link_name = "get-environment"]
    pub fn get_environment(list: *mut [u32; 2]);
}

#[link(wasm_import_module = "wasi:cli/exit@0.2.12")]
unsafe extern "C" {
    #[link_name = "exit"]
    pub fn exit(failed: u32);
    #[link_name = "exit-with-code"]
    pub fn exit_with_code(code: u32);
}

#[link(wasm_import_module = "wasi:cli/stdin@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-stdin"]
    pub fn get_stdin() -> u32;
}

#[link(wasm_import_module = "wasi:cli/stdout@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-stdout"]
    pub fn get_stdout() -> u32;
}

#[link(wasm_import_module = "wasi:cli/stderr@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-stderr"]
    pub fn get_stderr() -> u32;
}

/// `option<terminal-…>`: whether there is one, and its handle.
#[repr(C)]
pub struct Terminal {
    pub some: u8,
    pub handle: u32,
}

#[link(wasm_import_module = "wasi:cli/terminal-stdin@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-terminal-stdin"]
    pub fn get_terminal_stdin(terminal: *mut Terminal);
}

#[link(wasm_import_module = "wasi:cli/terminal-stdout@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-terminal-stdout"]
    pub fn get_terminal_stdout(terminal: *mut Terminal);
}

#[link(wasm_import_module = "wasi:cli/terminal-stderr@0.2.12")]
unsafe extern "C" {
    #[link_name = "get-terminal-stderr"]
    pub fn get_terminal_stderr(terminal: *mut Terminal);
}

#[link(wasm_import_module = "wasi:cli/terminal-input@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]terminal-input"]
    pub fn drop_terminal_input(handle: u32);
}

#[link(wasm_import_module = "wasi:cli/terminal-output@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-drop]terminal-output"]
    pub fn drop_terminal_output(handle: u32);
}
