//! What people hand to a wasm runtime by mistake: named, with what to do instead.

use std::path::Path;

/// A format that its first bytes tell, and a hint.
pub(super) fn known(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const UNPACK: &str = "unpack it first";
    const NATIVE: &str =
        "build the program for a wasm target, e.g. `wasm32-wasip1` or `wasm32-wasip2`";
    const ARGUMENT: &str =
        "options come before the program, and the program's own arguments after it";
    Some(match bytes {
        // The engine's mark, in the place of an operating system's.
        [0x7f, b'E', b'L', b'F', _, _, _, 200, ..] => (
            "machine code as `forebay compile` makes, cut short or damaged",
            "compile the program again, and copy the whole file",
        ),
        [0x7f, b'E', b'L', b'F', ..] => ("a native (ELF) program or library", NATIVE),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            ("a native (Mach-O) or Java program", NATIVE)
        }
        [b'M', b'Z', ..] => ("a native (Windows) program", NATIVE),
        [b'B', b'C', 0xc0, 0xde, ..] => ("LLVM bitcode", "link it to a .wasm file first"),
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => {
            ("a library archive", "link it to a .wasm file first")
        }
        [0x1f, 0x8b, ..] => ("gzip-compressed", UNPACK),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd-compressed", UNPACK),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => ("xz-compressed", UNPACK),
        [b'B', b'Z', b'h', b'0'..=b'9', ..] => ("bzip2-compressed", UNPACK),
        [b'P', b'K', 3, 4, ..] => ("a zip archive", UNPACK),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => {
            ("an image", ARGUMENT)
        }
        [b'%', b'P', b'D', b'F', ..] => ("a document (PDF)", ARGUMENT),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if is_utf16(bytes) => {
            ("text in UTF-16", "WebAssembly text is UTF-8: save it as that")
        }
        [b'#', b'!', ..] => {
            ("a script", "give the program that runs it, and the script as its argument")
        }
        [b'<', ..] => {
            ("HTML or XML: perhaps the error page of a download", "download the program again")
        }
        [b'{', ..] => ("JSON", "give the .wasm file itself"),
        _ if bytes.starts_with(b"version https://git-lfs") => {
            ("where Git LFS keeps a file, not the file", "fetch it: `git lfs pull`")
        }
        _ => return None,
    })
}

/// What a text is by the name of its file, if it isn't WebAssembly's.
pub(super) fn text(name: &str) -> (&'static str, &'static str) {
    match Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "rs" | "c" | "h" | "cc" | "cpp" | "go" | "zig" | "swift" => (
            "source code",
            "compile it for a wasm target, e.g. `wasm32-wasip1`, and give what comes out",
        ),
        "py" => ("source code", "make a component of it first, e.g. with componentize-py"),
        "js" | "mjs" | "ts" => {
            ("source code", "make a component of it first, e.g. with componentize-js")
        }
        "wit" => ("WIT: types without code", "give a component or a module that implements them"),
        "toml" | "wac" => {
            ("a composition, which isn't a guest itself", "name the guests that it is made of")
        }
        _ => (
            "text, but not WebAssembly text",
            "WebAssembly text begins with `(module` or `(component`",
        ),
    }
}

/// Whether bytes with a mark of UTF-16 are text in it.
fn is_utf16(bytes: &[u8]) -> bool {
    let order = if bytes[0] == 0xff { u16::from_le_bytes } else { u16::from_be_bytes };
    let units = bytes.chunks_exact(2).take(512).map(|pair| order([pair[0], pair[1]]));
    let readable = |letter: Result<char, _>| match letter {
        Ok(letter) => letter == '\u{feff}' || !letter.is_control() || letter.is_whitespace(),
        Err(_) => false,
    };
    bytes.len() > 3 && char::decode_utf16(units).all(readable)
}
