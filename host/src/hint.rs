//! What to do about a failure: words, and settings as values. Whoever shows a hint says how a
//! setting is written; the command writes flags.

use std::fmt;

/// Something that the user can set so that it goes differently.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// The budget of linear memory.
    Memory,
    /// The budget of tables' elements.
    TableElements,
    /// The budget of what the host holds for a guest.
    HostMemory,
    /// The budget of handles.
    Handles,
    /// The budget of instructions.
    Fuel,
    /// The budget of stack.
    Stack,
    /// The time limit.
    Timeout,
    /// How long compiling may take.
    CompileTimeout,
    /// How much memory compiling may take.
    CompileMemory,
    /// A limit of what a program may be, by its name, and a value that would do, if one is known.
    CodeLimit(String, Option<u64>),
    /// That machine code made elsewhere is trusted.
    Precompiled,
    /// The official adapter.
    OfficialAdapter,
    /// That unknown socket functions are refused.
    StrictImports,
    /// The WIT of a module without types.
    Wit,
    /// Which world of that WIT it is.
    World,
    /// Adapting a module with the WIT of its types, by itself; by its name, if that is known.
    Types(Option<String>),
    /// A socket that listens when the program starts.
    Listen,
    /// A connection that is there when the program starts.
    Dial,
    /// A network rule; `None` is one of the user's choice.
    Net(Option<String>),
    /// A directory.
    Directory,
    /// One more certificate authority.
    Authority,
    /// One more guest, which meets this import if one is named.
    Guest(Option<String>),
    /// As much of the kernel's sandbox as there is.
    SandboxAuto,
}

/// What to do about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hint(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Words(String),
    Setting(Setting),
}

impl Hint {
    /// Words in which each `{}` stands for the next of the settings.
    pub fn with(words: &'static str, settings: impl IntoIterator<Item = Setting>) -> Hint {
        let mut parts = Vec::new();
        let mut settings = settings.into_iter();
        for (index, piece) in words.split("{}").enumerate() {
            if index > 0 {
                parts.extend(settings.next().map(Part::Setting));
            }
            parts.push(Part::Words(piece.to_owned()));
        }
        Hint(parts)
    }

    /// The same hint, followed by more words.
    pub fn then(mut self, words: impl Into<String>) -> Hint {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// The same hint, followed by a setting.
    pub fn set(mut self, setting: Setting) -> Hint {
        self.0.push(Part::Setting(setting));
        self
    }

    /// The hint as text, in which settings are written as `write` says.
    pub fn written(&self, write: impl Fn(&Setting) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Words(words) => words.clone(),
            Part::Setting(setting) => format!("`{}`", write(setting)),
        };
        self.0.iter().map(part).collect()
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Hint {
        Hint(vec![Part::Words(words)])
    }
}

impl From<&str> for Hint {
    fn from(words: &str) -> Hint {
        Hint::from(words.to_owned())
    }
}

/// As who uses the library sets them.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(Setting::to_string))
    }
}

/// As who uses the library sets it.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Setting::Memory => "Budget::memory",
            Setting::TableElements => "Budget::table_elements",
            Setting::HostMemory => "Budget::host_memory",
            Setting::Handles => "Budget::handles",
            Setting::Fuel => "Budget::fuel",
            Setting::Stack => "Budget::stack",
            Setting::Timeout => "Budget::timeout",
            Setting::CompileTimeout => "Compiler::timeout",
            Setting::CompileMemory => "Compiler::memory",
            Setting::CodeLimit(limit, None) => return write!(f, "Config::limits: {limit}"),
            Setting::CodeLimit(limit, Some(value)) => {
                return write!(f, "Config::limits: {limit}={value}");
            }
            Setting::Precompiled => "Config::allow_precompiled",
            Setting::OfficialAdapter => "Adapter::Official",
            Setting::StrictImports => "Legacy::strict_imports",
            Setting::Wit | Setting::Types(_) => "GuestSpec::wit",
            Setting::World => "GuestSpec::world",
            Setting::Listen => "Grants::preopens: listen",
            Setting::Dial => "Grants::preopens: dial",
            Setting::Net(None) => "Grants::net",
            Setting::Net(Some(rule)) => return write!(f, "Grants::net: {rule}"),
            Setting::Directory => "Grants::directories",
            Setting::Authority => "Config::tls_ca",
            Setting::Guest(None) => "App::guests",
            Setting::Guest(Some(import)) => return write!(f, "App::guests: {import}"),
            Setting::SandboxAuto => "Sandbox::walls",
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_where_the_words_leave_room_and_are_written_by_who_shows_them() {
        let hint = Hint::with("raise {} or {}, if you must", [Setting::Fuel, Setting::Stack]);
        assert_eq!(hint.to_string(), "raise `Budget::fuel` or `Budget::stack`, if you must");
        let flags = hint.written(|setting| match setting {
            Setting::Fuel => "fuel!".to_owned(),
            _ => "other!".to_owned(),
        });
        assert_eq!(flags, "raise `fuel!` or `other!`, if you must");
    }

    #[test]
    fn braces_of_others_stay_what_they_are() {
        let hint = Hint::from("a {} b").then(" {}").set(Setting::Net(Some("{}".into())));
        assert_eq!(hint.to_string(), "a {} b {}`Grants::net: {}`");
    }
}
