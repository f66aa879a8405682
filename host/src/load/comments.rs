//! The comments that a module carries in a section of its own stay with the component that is made
//! of it.

use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The section that holds WIT text, with the comments that types lack.
pub const SECTION: &str = "forebay-wit";

/// Adds the comments in `module` to `component`.
pub(super) fn keep(module: &[u8], component: &mut Vec<u8>) {
    if outermost(component).is_none()
        && let Some(data) = outermost(module)
    {
        CustomSection { name: SECTION.into(), data: data.into() }.append_to_component(component);
    }
}

/// What the section of the outermost module or component holds.
fn outermost(program: &[u8]) -> Option<&[u8]> {
    let mut depth = 0;
    Parser::new(0).parse_all(program).map_while(Result::ok).find_map(|payload| {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                return Some(section.data());
            }
            _ => {}
        }
        None
    })
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
        let mut component =
            wat::parse_str("(component (core module (@custom \"forebay-wit\" \"inner\")))")
                .unwrap();
        keep(&module, &mut component);
        // What is there isn't added again.
        keep(&module, &mut component);
        assert_eq!(outermost(&component), Some(&b"one"[..]));
        assert_eq!(component.windows(3).filter(|bytes| *bytes == b"one").count(), 1);
    }
}
