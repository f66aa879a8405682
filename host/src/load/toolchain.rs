//! Exports that toolchains add for themselves: nobody's main, and nobody's to call.

use crate::load::module::{self, Facts};

/// Whether an export of a component or a module is a toolchain's own: the bare name of a function,
/// or with its interface, `exports#init`.
pub fn is_toolchains(name: &str) -> bool {
    const OWN: &[&str] = &[
        "exports#init",
        "_initialize",
        "_start",
        "_start_user",
        "memory",
        "malloc",
        "calloc",
        "realloc",
        "free",
        "go_scheduler",
        "resume",
        "getsp",
    ];
    const FIRST: &[&str] = &["cabi_", "__", "asyncify_", "wizer.", "tinygo_", "runtime.", "_cgo_"];
    OWN.contains(&name) || FIRST.iter().any(|first| name.starts_with(first))
}

/// What [`of_facts`] says of a core module's bytes.
pub fn idle(name: &str, bytes: &[u8]) -> Option<Vec<String>> {
    of_facts(&module::facts(name, bytes).ok()?)
}

/// The functions that somebody may want to call, of a module that does nothing when it's run: it
/// has no start function, and no `_initialize` that could be all there is to do. `None` if running
/// it does something.
fn of_facts(facts: &Facts) -> Option<Vec<String>> {
    let functions: Vec<&String> = facts
        .exports
        .iter()
        .filter(|(_, kind)| *kind == "function")
        .map(|(name, _)| name)
        .collect();
    let callable: Vec<String> =
        functions.iter().filter(|name| !is_toolchains(name)).map(|name| (*name).clone()).collect();
    let initializes = functions.iter().any(|name| *name == "_initialize");
    let does_nothing = !facts.has_start && (!callable.is_empty() || !initializes);
    does_nothing.then_some(callable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Vec<String>> {
        let bytes = wat::parse_str(format!("(module {text})")).unwrap();
        idle("m", &bytes)
    }

    #[test]
    fn a_module_that_does_nothing_when_run_is_told_from_one_that_does() {
        let init = r#"(func (export "_initialize"))"#;
        let add =
            r#"(func (export "add")) (func (export "malloc")) (func (export "cabi_realloc"))"#;
        assert_eq!(of(""), Some(vec![]));
        assert_eq!(of(add), Some(vec!["add".to_owned()]));
        assert_eq!(of(&format!("{init}{add}")), Some(vec!["add".to_owned()]));
        assert_eq!(of(init), None);
        assert_eq!(of(&format!("{add} (func $s) (start $s)")), None);
    }
}
