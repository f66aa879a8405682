//! Which template is which file of a project.

use crate::args::{Kind, Lang};

/// Paths in the project, and templates.
type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($($path:literal: $template:literal),+ $(,)?) => { Some(&[$(($path, include_str!($template))),+]) };
}

/// The sources of a project; `None` where a language has no such kind.
pub fn of(lang: Lang, kind: Kind) -> Option<Files> {
    match (lang, kind) {
        (Lang::Rust, Kind::Main) => {
            files!("Cargo.toml": "rust/Cargo.toml.tmpl", "src/lib.rs": "rust/main.rs.tmpl")
        }
        (Lang::Rust, Kind::Filter) => {
            files!("Cargo.toml": "rust/Cargo.toml.tmpl", "src/lib.rs": "rust/filter.rs.tmpl")
        }
        (Lang::Rust, Kind::Library) => {
            files!("Cargo.toml": "rust/Cargo.toml.tmpl", "src/lib.rs": "rust/library.rs.tmpl")
        }
        (Lang::Rust, Kind::Http) => {
            files!("Cargo.toml": "rust/Cargo.toml.tmpl", "src/lib.rs": "rust/http.rs.tmpl")
        }
        (Lang::Rust, Kind::Command) => {
            files!("Cargo.toml": "rust/Cargo.command.toml.tmpl", "src/main.rs": "rust/command.rs.tmpl")
        }
        (Lang::Python, Kind::Main) => files!("src/app.py": "python/main.py.tmpl"),
        (Lang::Python, Kind::Filter) => files!("src/app.py": "python/filter.py.tmpl"),
        (Lang::Python, Kind::Library) => files!("src/app.py": "python/library.py.tmpl"),
        (Lang::Python, Kind::Http) => files!("src/app.py": "python/http.py.tmpl"),
        (Lang::Python, Kind::Command) => files!("src/app.py": "python/command.py.tmpl"),
        (Lang::Js, kind) => Some(js(kind)),
        (Lang::Go | Lang::C | Lang::Zig | Lang::Assemblyscript, Kind::Http) => None,
        (Lang::Go, Kind::Main) => files!("go.mod": "go/go.mod.tmpl", "main.go": "go/main.go.tmpl"),
        (Lang::Go, Kind::Filter) => {
            files!("go.mod": "go/go.mod.tmpl", "main.go": "go/filter.go.tmpl")
        }
        (Lang::Go, Kind::Library) => {
            files!("go.mod": "go/go.mod.tmpl", "main.go": "go/library.go.tmpl")
        }
        (Lang::Go, Kind::Command) => {
            files!("go.mod": "go/go.mod.tmpl", "main.go": "go/command.go.tmpl")
        }
        (Lang::C, Kind::Main) => {
            files!("Makefile": "c/Makefile.tmpl", "src/abi.h": "c/abi.h.tmpl", "src/main.c": "c/main.c.tmpl")
        }
        (Lang::C, Kind::Filter) => {
            files!("Makefile": "c/Makefile.tmpl", "src/main.c": "c/filter.c.tmpl")
        }
        (Lang::C, Kind::Library) => {
            files!("Makefile": "c/Makefile.tmpl", "src/abi.h": "c/abi.h.tmpl", "src/main.c": "c/library.c.tmpl")
        }
        (Lang::C, Kind::Command) => {
            files!("Makefile": "c/Makefile.tmpl", "src/main.c": "c/command.c.tmpl")
        }
        (Lang::Zig, Kind::Main) => {
            files!("src/abi.zig": "zig/abi.zig.tmpl", "src/main.zig": "zig/main.zig.tmpl")
        }
        (Lang::Zig, Kind::Filter) => {
            files!("src/wasi.zig": "zig/wasi.zig.tmpl", "src/main.zig": "zig/filter.zig.tmpl")
        }
        (Lang::Zig, Kind::Library) => {
            files!("src/abi.zig": "zig/abi.zig.tmpl", "src/main.zig": "zig/library.zig.tmpl")
        }
        (Lang::Zig, Kind::Command) => {
            files!("src/wasi.zig": "zig/wasi.zig.tmpl", "src/main.zig": "zig/command.zig.tmpl")
        }
        (Lang::Assemblyscript, kind) => Some(assemblyscript(kind)),
    }
}

fn js(kind: Kind) -> Files {
    let files: Option<Files> = match kind {
        Kind::Main => {
            files!("package.json": "js/package.json.tmpl", "src/main.js": "js/main.js.tmpl")
        }
        Kind::Filter => {
            files!("package.json": "js/package.json.tmpl", "src/main.js": "js/filter.js.tmpl")
        }
        Kind::Library => {
            files!("package.json": "js/package.json.tmpl", "src/main.js": "js/library.js.tmpl")
        }
        Kind::Http => {
            files!("package.json": "js/package.json.tmpl", "src/main.js": "js/http.js.tmpl")
        }
        Kind::Command => {
            files!("package.json": "js/package.json.tmpl", "src/main.js": "js/command.js.tmpl")
        }
    };
    files.unwrap_or_default()
}

fn assemblyscript(kind: Kind) -> Files {
    let files: Option<Files> = match kind {
        Kind::Main => files!(
            "package.json": "assemblyscript/package.json.tmpl",
            "src/abi.ts": "assemblyscript/abi.ts.tmpl",
            "src/main.ts": "assemblyscript/main.ts.tmpl",
        ),
        Kind::Library => files!(
            "package.json": "assemblyscript/package.json.tmpl",
            "src/abi.ts": "assemblyscript/abi.ts.tmpl",
            "src/main.ts": "assemblyscript/library.ts.tmpl",
        ),
        Kind::Filter => files!(
            "package.json": "assemblyscript/package.json.tmpl",
            "src/main.ts": "assemblyscript/filter.ts.tmpl",
        ),
        _ => files!(
            "package.json": "assemblyscript/package.json.tmpl",
            "src/main.ts": "assemblyscript/command.ts.tmpl",
        ),
    };
    files.unwrap_or_default()
}

/// The WIT of a kind. Go's own compiler passes numbers only.
pub fn wit(lang: Lang, kind: Kind) -> &'static str {
    match (lang, kind) {
        (Lang::Go, Kind::Main) => include_str!("go/main.wit"),
        (Lang::Go, Kind::Library) => include_str!("go/library.wit"),
        (_, Kind::Main) => include_str!("wit/main.wit"),
        (_, Kind::Filter) => include_str!("wit/filter.wit"),
        (_, Kind::Library) => include_str!("wit/library.wit"),
        (_, Kind::Http) => include_str!("wit/http.wit"),
        (_, Kind::Command) => include_str!("wit/command.wit"),
    }
}
