//! What a project is to be, and what follows from that.

use crate::args::{Kind, Lang};
use crate::new::files;

/// What a project is to be.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub name: &'a str,
    pub lang: Lang,
    pub kind: Kind,
}

impl Plan<'_> {
    /// Whether the language's own compiler makes a preview-1 module of it.
    pub fn is_module(&self) -> bool {
        match self.lang {
            Lang::Rust => self.kind == Kind::Command,
            Lang::Python | Lang::Js => false,
            Lang::Go | Lang::C | Lang::Zig | Lang::Assemblyscript => true,
        }
    }

    /// Whether that module's functions are given types by the manifest.
    pub fn is_reactor(&self) -> bool {
        self.is_module() && matches!(self.kind, Kind::Main | Kind::Library)
    }

    /// Whether it reads its stream as an argument, and not from standard input.
    pub fn is_typed_filter(&self) -> bool {
        self.kind == Kind::Filter && !self.is_module()
    }

    /// Its WIT, if it has some.
    pub fn wit(&self) -> Option<&'static str> {
        let typed = !self.is_module() || self.is_reactor();
        typed.then(|| files::wit(self.lang, self.kind))
    }

    /// The kind, as a sentence has it.
    pub fn kind_text(&self) -> &'static str {
        match self.kind {
            Kind::Main => "a typed main",
            Kind::Filter => "a filter",
            Kind::Library => "a library",
            Kind::Http => "an HTTP handler",
            Kind::Command => "a command",
        }
    }

    /// The language's name.
    pub fn lang_text(&self) -> &'static str {
        match self.lang {
            Lang::Rust => "Rust",
            Lang::Python => "Python",
            Lang::Js => "JavaScript",
            Lang::Go => "Go",
            Lang::C => "C",
            Lang::Zig => "Zig",
            Lang::Assemblyscript => "AssemblyScript",
        }
    }
}
