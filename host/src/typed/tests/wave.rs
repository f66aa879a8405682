//! WAVE, with and without handles in it.

use wasmtime::component::Val;
use wasmtime::component::wasm_wave::untyped::UntypedFuncCall;

use crate::typed::argument::Argument;
use crate::typed::handle::Handle;
use crate::typed::tests::{signature, ty};
use crate::typed::wave;

#[test]
fn values_without_handles_are_waves_own() {
    let read = |of: &str, text: &str| wave::parse(&ty(of), text);
    let circle = Val::Variant("circle".into(), Some(Box::new(Val::Float64(0.5))));
    assert_eq!(read("$shape", "circle(0.5)"), Ok(Argument::Value(circle)));
    assert_eq!(
        read("(tuple bool u8)", "(true, 1)"),
        Ok(Argument::Value(Val::Tuple(vec![Val::Bool(true), Val::U8(1)])))
    );
    for (of, text) in [("$shape", "square"), ("(tuple bool u8)", "(true)"), ("(list u8)", "[1")] {
        assert!(read(of, text).is_err(), "{of} {text}");
    }
}

#[test]
fn a_string_stands_for_a_handle_at_any_depth() {
    let is_open = |argument: &Argument, path: &str| match argument {
        Argument::Open { handle: Handle::Bytes, location, .. } => {
            *location == path.parse().unwrap()
        }
        _ => false,
    };

    let list = wave::parse(&ty("(list (stream u8))"), r#"["a", "b"]"#).unwrap();
    let Argument::List(items) = &list else { panic!("{list:?}") };
    assert!(items.len() == 2 && is_open(&items[0], "a") && is_open(&items[1], "b"), "{list:?}");

    let tuple = wave::parse(&ty("(tuple u8 (option (stream u8)))"), r#"(1, some("a"))"#).unwrap();
    let Argument::Tuple(parts) = &tuple else { panic!("{tuple:?}") };
    let Argument::Option(Some(inner)) = &parts[1] else { panic!("{tuple:?}") };
    assert!(parts[0] == Argument::Value(Val::U8(1)) && is_open(inner, "a"), "{tuple:?}");

    let bare = wave::parse(&ty("(option (stream u8))"), r#""a""#).unwrap();
    assert!(matches!(&bare, Argument::Option(Some(inner)) if is_open(inner, "a")), "{bare:?}");

    let refused = wave::parse(&ty("(list (stream u8))"), "[1]").unwrap_err();
    assert_eq!(refused, "a stream<u8> is written as a string: a path or a URL");
    let parts = wave::parse(&ty("(tuple u8 (stream u8))"), r#"(1, "a", 2)"#).unwrap_err();
    assert_eq!(parts, "it has 3 parts and not 2");
}

#[test]
fn a_call_gives_each_parameter_its_value_and_options_may_be_left_out() {
    let f = signature(r#"(param "a" u8) (param "b" (option string))"#);
    let types: Vec<_> = f.parameters.iter().map(|parameter| &parameter.ty).collect();
    let read = |text: &str| wave::arguments(&types, &UntypedFuncCall::parse(text).unwrap());

    let none = Argument::Value(Val::Option(None));
    assert_eq!(read("f(1)"), Ok(vec![Argument::Value(Val::U8(1)), none]));
    assert_eq!(read("f(1, some(\"x\"))").unwrap().len(), 2);
    assert_eq!(read("f()"), Err((0, "it is missing".to_owned())));
    assert_eq!(read("f(\"x\")").unwrap_err().0, 0);
    assert_eq!(
        read("f(1, none, 3)"),
        Err((2, "3 values are given, and it has 2 parameters".to_owned()))
    );
}
