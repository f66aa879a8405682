//! The texts of a project that are the same in every language: manifest, README, test.

use crate::args::{Kind, Lang};
use crate::new::files;
use crate::new::plan::Plan;

/// What isn't kept in a repository.
pub const IGNORED: &str = "/build\n/target\n/node_modules\n/.venv\n__pycache__\n.zig-cache\n";

/// Words of WIT's own, which can't be a package's name as they are.
pub const WIT_WORDS: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// Words of Rust's own.
pub const RUST_WORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// How a project is built.
struct Build {
    command: String,
    source: &'static str,
    inputs: &'static str,
    /// A tool, and how to get it.
    tool: (&'static str, &'static str),
}

impl Plan<'_> {
    fn build(&self) -> Build {
        let out = "build/{{name}}.wasm";
        let wit = self.wit().is_some();
        match self.lang {
            Lang::Rust => {
                let target = if wit { "wasm32-unknown-unknown" } else { "wasm32-wasip1" };
                Build {
                    command: format!("cargo build --release --target {target} --target-dir target"),
                    source: match wit {
                        true => "target/wasm32-unknown-unknown/release/guest.wasm",
                        false => "target/wasm32-wasip1/release/guest.wasm",
                    },
                    inputs: if wit {
                        r#""Cargo.toml", "src", "wit""#
                    } else {
                        r#""Cargo.toml", "src""#
                    },
                    tool: match wit {
                        true => (
                            "cargo",
                            "install Rust (https://rustup.rs), then `rustup target add wasm32-unknown-unknown`",
                        ),
                        false => (
                            "cargo",
                            "install Rust (https://rustup.rs), then `rustup target add wasm32-wasip1`",
                        ),
                    },
                }
            }
            Lang::Python => Build {
                command: format!(
                    "componentize-py -d wit -w program componentize -p src app -o {out}"
                ),
                source: out,
                inputs: r#""src", "wit""#,
                tool: (
                    "componentize-py",
                    "`python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1` in the project's folder",
                ),
            },
            Lang::Js => Build {
                command: format!("componentize-js src/main.js --wit wit -n program -o {out}"),
                source: out,
                inputs: r#""package.json", "src", "wit""#,
                tool: ("componentize-js", "`npm install` in the project's folder"),
            },
            Lang::Go => {
                let mode = if self.is_reactor() { "-buildmode=c-shared " } else { "" };
                Build {
                    command: format!("GOOS=wasip1 GOARCH=wasm go build {mode}-o {out} ."),
                    source: out,
                    inputs: r#""go.mod", "main.go""#,
                    tool: ("go", "install Go 1.24 or later (https://go.dev/dl)"),
                }
            }
            Lang::C => Build {
                command: "make --silent".to_owned(),
                source: out,
                inputs: r#""Makefile", "src""#,
                tool: (
                    "make",
                    "your system's package `make`; and wasi-sdk (https://github.com/WebAssembly/wasi-sdk), or clang with wasi-libc",
                ),
            },
            Lang::Zig => {
                let target = match self.is_reactor() {
                    true => "-target wasm32-freestanding -fno-entry -rdynamic",
                    false => "-target wasm32-wasi",
                };
                Build {
                    command: format!(
                        "zig build-exe {target} -O ReleaseSmall -femit-bin={out} src/main.zig"
                    ),
                    source: out,
                    inputs: r#""src""#,
                    tool: ("zig", "install Zig 0.15 or later (https://ziglang.org/download)"),
                }
            }
            Lang::Assemblyscript => {
                let how = match self.is_reactor() {
                    true => "--use abort=",
                    false => "--config node_modules/@assemblyscript/wasi-shim/asconfig.json",
                };
                Build {
                    command: format!("asc src/main.ts {how} --optimize -o {out}"),
                    source: out,
                    inputs: r#""package.json", "src""#,
                    tool: ("asc", "`npm install` in the project's folder"),
                }
            }
        }
    }

    pub(super) fn manifest(&self) -> String {
        let Build { command, source, inputs, tool: (tool, how) } = self.build();
        let wit = if self.is_reactor() {
            "# What gives the module's plain functions their types.\nwit = \"wit\"\n"
        } else {
            ""
        };
        format!(
            "# What `forebay run` runs in this folder, and what it may use: nothing is granted by default.\n\
             main = \"{{{{name}}}}\"\n\n\
             [guest.{{{{name}}}}]\nsource = \"{source}\"\n{wit}\
             # dirs = [\"data::/data::ro\"]\n# net = [\"tcp://example.com:443\"]\n# env = {{ MODE = \"test\" }}\n\n\
             # What `forebay build` runs, and `forebay run` where an input is newer than the source.\n\
             [build]\ncommand = \"{command}\"\ninputs = [{inputs}]\n\n\
             # What that needs, and how to get it.\n[build.tools]\n{tool} = \"{how}\"\n"
        )
    }

    /// How the program is tried, what it's given on standard input, and what it says.
    fn trial(&self) -> (&'static str, &'static str, &'static str) {
        let go = self.lang == Lang::Go;
        match self.kind {
            Kind::Main if go => ("run . 12 18", "", "6"),
            Kind::Main => ("run . ada --shout", "", "HELLO, ADA!"),
            Kind::Filter if self.is_typed_filter() => ("run . -", "hello", "HELLO"),
            Kind::Filter => ("run .", "hello", "HELLO"),
            Kind::Library if go => ("call . gcd 12 18", "", "6"),
            Kind::Library => ("call . shout hello", "", "HELLO"),
            // An interpreter imports more than the world says.
            Kind::Http if matches!(self.lang, Lang::Python | Lang::Js) => (
                "wit . | grep -o 'export wasi:http/incoming-handler'",
                "",
                "export wasi:http/incoming-handler",
            ),
            Kind::Http => ("wit check . program", "", "fits: `forebay.toml` and `program`"),
            Kind::Command => ("run . ada", "", "hello, ada!"),
        }
    }

    pub(super) fn readme(&self) -> String {
        let (words, input, said) = self.trial();
        let before = if input.is_empty() { String::new() } else { format!("echo {input} | ") };
        let how = self.build().tool.1;
        let path = |ending: &str| {
            files_of(self).iter().find(|path| path.ends_with(ending)).copied().unwrap_or_default()
        };
        let source = match self.lang {
            Lang::Rust if self.kind == Kind::Command => path("main.rs"),
            Lang::Rust => path("lib.rs"),
            _ => files_of(self)
                .iter()
                .rfind(|path| !path.ends_with(".json"))
                .copied()
                .unwrap_or_default(),
        };
        let wit = match self.wit() {
            Some(_) => {
                "`wit/world.wit` says what the program is to the outside; `forebay wit add wasi:http@0.2` brings more packages. "
            }
            None => "",
        };
        format!(
            "# {{{{name}}}}\n\n{} in {}. To build it: {how}.\n\n\
             ```sh\nforebay build\n{before}forebay {words}    # {said}\n./test\n```\n\n\
             {wit}`{source}` is the program. `forebay.toml` says how it's built, and what it may use.\n",
            capital(self.kind_text()),
            self.lang_text(),
        )
    }

    pub(super) fn test(&self) -> String {
        let (words, input, said) = self.trial();
        let before = if input.is_empty() { String::new() } else { format!("echo {input} | ") };
        format!(
            "#!/bin/sh\n# Builds the program, runs it, and compares what it says.\nset -eu\ncd \"$(dirname \"$0\")\"\n\
             forebay=${{FOREBAY:-forebay}}\n\n\"$forebay\" build\n\
             said=$({before}\"$forebay\" {words})\n\
             if [ \"$said\" != '{said}' ]; then\n  echo \"it says: $said\" >&2\n  exit 1\nfi\necho fine\n"
        )
    }
}

fn files_of(plan: &Plan<'_>) -> Vec<&'static str> {
    let files = files::of(plan.lang, plan.kind).unwrap_or_default();
    files.iter().map(|(path, _)| *path).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
