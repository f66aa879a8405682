//! The comments that a module carries in sections of its own stay with the component that is made
//! of it.

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// Sections that hold comments: WIT text, and comments as WIT packages have them.
pub const SECTIONS: &[&str] = &["forebay-wit", "package-docs"];

/// Adds the comments in `module` to `component`.
pub(super) fn keep(module: &[u8], component: &mut Vec<u8>) {
    for payload in Parser::new(0).parse_all(module).map_while(Result::ok) {
        if let Payload::CustomSection(section) = payload
            && SECTIONS.contains(&section.name())
        {
            let (name, data) = (section.name().into(), section.data().into());
            CustomSection { name, data }.append_to_component(component);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_a_module_are_found_in_the_component() {
        let module = wat::parse_str(
            r#"(module (@custom "forebay-wit" "one") (@custom "name-of-another" "two"))"#,
        )
        .unwrap();
        let mut component = wat::parse_str("(component)").unwrap();
        keep(&module, &mut component);
        let sections = Parser::new(0).parse_all(&component).flatten();
        let kept: Vec<(String, Vec<u8>)> = sections
            .filter_map(|payload| match payload {
                Payload::CustomSection(s) => Some((s.name().to_owned(), s.data().to_owned())),
                _ => None,
            })
            .collect();
        assert_eq!(kept, [("forebay-wit".to_owned(), b"one".to_vec())]);
    }
}
