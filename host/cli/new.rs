//! What `forebay new` writes: templates in `new/`, a folder for each language, filled in.

mod files;
mod plan;
mod text;

pub use plan::Plan;

use forebay::error::{Class, Error, Result};
use forebay::wit::packages;

use crate::args::Kind;

/// A file of a new project: its path, its text, and whether it can be run.
pub struct File {
    pub path: String,
    pub text: String,
    pub runs: bool,
}

impl Plan<'_> {
    /// Everything that the project's folder is to hold.
    ///
    /// # Errors
    /// `Class::Usage` when there is no such kind in that language.
    pub fn files(&self) -> Result<Vec<File>> {
        let sources = files::of(self.lang, self.kind).ok_or_else(|| self.refusal())?;
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: self.fill(text),
            runs: path == "test",
        };
        let mut files: Vec<File> = sources.iter().map(|(path, text)| file(path, text)).collect();
        if let Some(wit) = self.wit() {
            files.push(file("wit/world.wit", wit));
            for package in packages::with_uses(&self.packages())? {
                let path = format!("wit/deps/{}", package.file_name());
                files.push(File { path, text: package.text.to_owned(), runs: false });
            }
        }
        files.push(file("forebay.toml", &self.manifest()));
        files.push(file("README.md", &self.readme()));
        files.push(file("test", &self.test()));
        files.push(file(".gitignore", text::IGNORED));
        Ok(files)
    }

    fn refusal(&self) -> Error {
        let what =
            format!("there is no template of {} in {} yet", self.kind_text(), self.lang_text());
        Error::new(Class::Usage, what)
            .cause("its own compiler makes no component that WASI's HTTP could be a part of")
            .hint("`--lang rust`, `python` and `js` have it; a command can serve a socket: `forebay run --listen`")
    }

    /// Puts the project's names into a template.
    fn fill(&self, template: &str) -> String {
        let snake = self.name.replace('-', "_");
        // A word of WIT's own stands behind a `%`.
        let package = if text::WIT_WORDS.contains(&self.name) {
            format!("%{}", self.name)
        } else {
            self.name.to_owned()
        };
        let rust = match text::RUST_WORDS.contains(&self.name) {
            true => format!("{snake}_"),
            false => snake,
        };
        template
            .replace("{{name}}", self.name)
            .replace("{{package}}", &package)
            .replace("{{snake}}", &rust)
            .replace("{{flags}}", if self.is_reactor() { " -mexec-model=reactor" } else { "" })
    }

    fn packages(&self) -> Vec<String> {
        let name = match self.kind {
            Kind::Main | Kind::Library => return Vec::new(),
            Kind::Filter => "forebay:stream",
            Kind::Http => "wasi:http@0.2",
            Kind::Command => "wasi:cli@0.2",
        };
        vec![name.to_owned()]
    }
}
