//! Types as text.

use crate::graph::{Item, surface};

/// What a component with these imports imports.
fn imports(text: &str) -> Vec<Item> {
    let bytes = wat::parse_str(format!("(component {text})")).unwrap();
    surface("app", "app.wat", &bytes).unwrap().imports
}

/// The type of `f`, imported by itself, with `types` before it.
fn function(types: &str, ty: &str) -> String {
    let items = imports(&format!(r#"{types} (import "f" (func {ty}))"#));
    items.iter().find(|item| item.name == "f").unwrap().functions["f"].clone()
}

const STREAMS: &str = r#"
    (import "wasi:io/streams@0.2.3" (instance $streams
        (export "input-stream" (type (sub resource)))))
    (alias export $streams "input-stream" (type $input))"#;

#[test]
fn named_types_are_spelled_out() {
    let types = r#"
        (type $p (record (field "x" s32) (field "label" (option string))))
        (import "point" (type $point (eq $p)))
        (type $s (variant (case "none") (case "one" $point)))
        (import "shape" (type $shape (eq $s)))
        (type $e (enum "red" "green")) (import "color" (type $color (eq $e)))
        (type $m (flags "read")) (import "mode" (type $mode (eq $m)))"#;
    let text = |ty: &str| function(types, &format!(r#"(param "a" {ty})"#));
    let point = "record { x: s32, label: option<string> }";

    assert_eq!(text("$point"), format!("func(a: {point})"));
    assert_eq!(text("$shape"), format!("func(a: variant {{ none, one({point}) }})"));
    assert_eq!(text("(list $color)"), "func(a: list<enum { red, green }>)");
    assert_eq!(text("(tuple $mode f32)"), "func(a: tuple<flags { read }, f32>)");
    assert_eq!(text("(result u8 (error string))"), "func(a: result<u8, string>)");
    assert_eq!(text("(result (error char))"), "func(a: result<_, char>)");
    assert_eq!(function("", "(result bool)"), "func() -> bool");
}

/// The same type under another name, or in another order of definition, is the same text; one field
/// more isn't.
#[test]
fn equal_types_have_equal_texts_and_others_others() {
    let record = |name: &str, fields: &str| {
        let types = format!(r#"(type $r (record {fields})) (import "{name}" (type $t (eq $r)))"#);
        function(&types, r#"(param "a" $t)"#)
    };
    let x = r#"(field "x" u8)"#;
    let y = r#"(field "y" u8)"#;
    assert_eq!(record("one", x), record("two", x));
    assert_ne!(record("one", x), record("one", y));
    assert_ne!(record("one", &format!("{x} {y}")), record("one", &format!("{y} {x}")));
}

#[test]
fn a_long_type_is_its_name_and_a_hash_that_tells_it_apart() {
    let long = |last: &str| {
        let fields: Vec<String> =
            (0..60).map(|index| format!(r#"(field "number-{index}" u32)"#)).collect();
        let types = format!(
            r#"(type $r (record {} (field "{last}" u8))) (import "long" (type $t (eq $r)))"#,
            fields.join(" ")
        );
        function(&types, r#"(param "a" $t)"#)
    };
    assert!(long("end").starts_with("func(a: long #") && long("end").len() < 40, "{}", long("end"));
    assert_eq!(long("end"), long("end"));
    assert_ne!(long("end"), long("other"));
}

#[test]
fn a_resource_is_its_interfaces_at_whatever_version() {
    let text = function(STREAMS, r#"(param "a" (own $input)) (param "b" (borrow $input))"#);
    let stream = "wasi:io/streams.input-stream";
    assert_eq!(text, format!("func(a: {stream}, b: borrow<{stream}>)"));
}

#[test]
fn what_cant_leave_its_store_is_found_at_any_depth() {
    let bound = |types: &str, ty: &str| {
        let items = imports(&format!(r#"{types} (import "f" (func (param "a" {ty})))"#));
        items.iter().find(|item| item.name == "f").unwrap().bound.get("f").cloned()
    };
    let own = r#"(import "thing" (type $thing (sub resource)))"#;

    assert_eq!(bound("", "(list (tuple u8 string))"), None);
    // The host's streams can be handed on whole; a borrow of one stays.
    assert_eq!(bound(STREAMS, "(option (own $input))"), None);
    let borrowed = Some("borrow<wasi:io/streams.input-stream>".to_owned());
    assert_eq!(bound(STREAMS, "(borrow $input)"), borrowed);
    assert_eq!(bound(own, "(list (own $thing))"), Some("thing".to_owned()));
    for flows in ["(option (stream u8))", "(list (future u8))", "(stream (list u8))", "(future)"] {
        assert_eq!(bound("", flows), None, "{flows}");
    }
    assert_eq!(bound("", "(future (result (error string)))"), None);
    assert_eq!(bound("", "(stream (tuple u8 u8))"), Some("stream<tuple>".to_owned()));
    assert_eq!(bound("", "(future (list string))"), Some("future<list>".to_owned()));
    assert_eq!(bound("", "(stream)"), Some("stream<_>".to_owned()));
    assert_eq!(bound("", "(future (result u8 (error string)))"), Some("future<result>".to_owned()));
}

#[test]
fn an_async_function_says_so_and_an_interface_lists_its_functions() {
    let items = imports(
        r#"(import "a:b/c@1.2.0" (instance
            (export "go" (func async (param "a" u8)))
            (export "stop" (func))))"#,
    );
    assert!(items.len() == 1 && !items[0].plain && items[0].name == "a:b/c@1.2.0", "{items:?}");
    assert_eq!(items[0].functions["go"], "async func(a: u8)");
    assert_eq!(items[0].functions["stop"], "func()");
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    let error = surface("app", "app.wasm", b"\0asm\x0d\0\x01\0\xff").unwrap_err();
    assert!(error.to_string().contains("the types of `app.wasm` can't be read"), "{error}");
}
