//! One guest of a graph: its name and its program.

use crate::config::{Adapter, Legacy};
use crate::error::{Class, Error, Result};
use crate::load::{Adapted, Form, Program};
use crate::policy::Allowance;

/// A guest: a program under a name that is its own in the graph.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its name: words of lower-case letters and digits, joined by hyphens.
    pub name: String,
    /// What it runs.
    pub program: Program,
    /// What it may use up, and whether it has a store of its own.
    pub allowance: Allowance,
}

impl Guest {
    /// The guest as a component; a legacy module is adapted.
    ///
    /// # Errors
    /// As [`Program::component`], and `Class::Program` when it's machine code, whose types are
    /// gone.
    pub fn component(&self, adapter: Adapter, options: &Legacy) -> Result<Adapted> {
        if self.program.form == Form::Precompiled {
            return Err(Error::new(
                Class::Program,
                format!("`{}` is precompiled", self.program.name),
            )
            .cause("machine code can't be linked to other guests")
            .hint("give the .wasm file that it was made from"));
        }
        self.program.component(adapter, options)
    }
}

/// Refuses names that can't be part of an import's name.
///
/// # Errors
/// `Class::Usage`, with a name that would do.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if guest_name(name) == name {
        return Ok(());
    }
    Err(Error::new(Class::Usage, format!("`{name}` is no name for a guest"))
        .cause("a name is words of lower-case letters and digits, joined by hyphens, each beginning with a letter")
        .hint(format!("call it `{}`", guest_name(name))))
}

/// A guest's name made of any text, such as a file's name without its extension.
pub fn guest_name(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let letter = if word.starts_with(|c: char| c.is_ascii_digit()) { "g" } else { "" };
        words.push(format!("{letter}{}", word.to_ascii_lowercase()));
    }
    if words.is_empty() { "guest".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_file_names_and_stay_as_they_are() {
        for (text, name) in [
            ("app", "app"),
            ("My_App.v2", "my-app-v2"),
            ("2048", "g2048"),
            ("…", "guest"),
            ("", "guest"),
        ] {
            assert_eq!(guest_name(text), name);
            assert!(check_name(name).is_ok());
        }
        assert!(check_name("App").unwrap_err().to_string().contains("call it `app`"));
    }
}
