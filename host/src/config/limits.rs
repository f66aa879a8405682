//! How large a program may be in each respect before it's compiled: values, with defaults that real
//! programs stay far below.

use std::fmt;
use std::str::FromStr;

/// One respect in which a program is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of the program, binary or text.
    Size,
    /// Bytes of the program if it's text: reading it takes many times that.
    Text,
    /// Functions of all its modules together.
    Functions,
    /// Bytes of one function's code.
    FunctionSize,
    /// Local variables of one function.
    Locals,
    /// Local variables of one function times its bytes: what compiling it costs in the worst case.
    Weight,
    /// Blocks of one function inside each other.
    Blocks,
    /// Loops of one function inside each other: compiling costs the product of these and of locals.
    Loops,
    /// Types, of modules and components, with their parameters and fields.
    Types,
    /// Data and element segments.
    Segments,
    /// Elements of all segments together.
    Elements,
    /// Sections, custom ones among them.
    Sections,
    /// Modules and components inside the component.
    Parts,
    /// Components, or component types, inside each other.
    Depth,
    /// Imports, exports, aliases and instances.
    Names,
    /// Expressions in a component's text outside of modules: the assembler's cost is their square.
    Expressions,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Limit; 16] = [
        Limit::Size,
        Limit::Text,
        Limit::Functions,
        Limit::FunctionSize,
        Limit::Locals,
        Limit::Weight,
        Limit::Blocks,
        Limit::Loops,
        Limit::Types,
        Limit::Segments,
        Limit::Elements,
        Limit::Sections,
        Limit::Parts,
        Limit::Depth,
        Limit::Names,
        Limit::Expressions,
    ];

    /// What a user calls it.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Size => "size",
            Limit::Text => "text",
            Limit::Functions => "functions",
            Limit::FunctionSize => "function-size",
            Limit::Locals => "locals",
            Limit::Weight => "weight",
            Limit::Blocks => "blocks",
            Limit::Loops => "loops",
            Limit::Types => "types",
            Limit::Segments => "segments",
            Limit::Elements => "elements",
            Limit::Sections => "sections",
            Limit::Parts => "parts",
            Limit::Depth => "depth",
            Limit::Names => "names",
            Limit::Expressions => "expressions",
        }
    }

    /// What is counted, in words that follow a number.
    pub fn unit(self) -> &'static str {
        match self {
            Limit::Size => "bytes",
            Limit::Text => "bytes of text",
            Limit::Functions => "functions",
            Limit::FunctionSize => "bytes in one function or initial value",
            Limit::Locals => "local variables in one function",
            Limit::Weight => "local variables times bytes in one function",
            Limit::Blocks => "blocks inside each other",
            Limit::Loops => "loops inside each other",
            Limit::Types => "types, parameters and fields",
            Limit::Segments => "data and element segments",
            Limit::Elements => "elements in segments",
            Limit::Sections => "sections",
            Limit::Parts => "modules and components inside it",
            Limit::Depth => "components inside each other",
            Limit::Names => "imports, exports, aliases and instances",
            Limit::Expressions => "expressions of text outside of modules",
        }
    }

    /// The most that there may be unless it's said otherwise.
    pub fn default(self) -> u64 {
        match self {
            Limit::Size => 512 << 20,
            Limit::Text => 4 << 20,
            Limit::Functions => 250_000,
            Limit::FunctionSize => 2 << 20,
            Limit::Locals => 20_000,
            Limit::Weight => 1_000_000_000,
            Limit::Blocks => 10_000,
            Limit::Loops => 200,
            Limit::Types => 300_000,
            Limit::Segments => 200_000,
            Limit::Elements => 1_000_000,
            Limit::Sections => 50_000,
            Limit::Parts => 10_000,
            Limit::Depth => 64,
            Limit::Names => 200_000,
            Limit::Expressions => 30_000,
        }
    }
}

/// A value for each [`Limit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits([u64; Limit::ALL.len()]);

impl Default for Limits {
    fn default() -> Self {
        Limits(Limit::ALL.map(Limit::default))
    }
}

impl Limits {
    /// The most that there may be.
    pub fn get(&self, limit: Limit) -> u64 {
        self.0[limit as usize]
    }

    /// The same but for one limit.
    pub fn with(mut self, limit: Limit, most: u64) -> Limits {
        self.0[limit as usize] = most;
        self
    }
}

/// A limit that is set: `NAME=N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// Which.
    pub limit: Limit,
    /// The most that there may be.
    pub most: u64,
}

impl FromStr for Set {
    type Err = String;

    fn from_str(text: &str) -> Result<Set, String> {
        let (name, most) = text.split_once('=').ok_or("it has no `=`: write `NAME=N`")?;
        let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name).ok_or_else(|| {
            let names = Limit::ALL.map(Limit::name);
            format!("no limit is called `{name}`; there are {}", names.join(", "))
        })?;
        let most = match limit {
            Limit::Size | Limit::Text | Limit::FunctionSize => {
                crate::units::size(most).map_err(|error| error.to_string())?
            }
            _ => most.parse().map_err(|_| format!("`{most}` is no number"))?,
        };
        Ok(Set { limit, most })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_each_its_own() {
        for limit in Limit::ALL {
            let set: Set = format!("{limit}=7").parse().unwrap();
            assert_eq!(set, Set { limit, most: 7 });
            let limits = Limits::default().with(set.limit, set.most);
            assert!(Limit::ALL.iter().all(|own| (limits.get(*own) == 7) == (*own == limit)));
        }
        assert_eq!("size=1MiB".parse(), Ok(Set { limit: Limit::Size, most: 1 << 20 }));
        for (wrong, part) in [("size", "no `=`"), ("sise=1", "there are size"), ("loops=x", "`x`")]
        {
            assert!(wrong.parse::<Set>().unwrap_err().contains(part), "{wrong}");
        }
    }
}
