//! Which word belongs to which parameter.

use wasmtime::component::Val;

use crate::stream::Location;
use crate::typed::argument::Argument;
use crate::typed::render::Format;
use crate::typed::tests::signature;
use crate::typed::words::{Call, Destination, arguments, asks_for_help, call_expression};

fn read(of: &str, words: &[&str]) -> Result<Call, String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    arguments(&signature(of), &words, Destination::default()).map_err(|error| error.to_string())
}

/// The values, where none is a handle.
fn values(of: &str, words: &[&str]) -> Vec<Val> {
    let call = read(of, words).unwrap();
    let value = |argument: Option<Argument>| match argument {
        Some(Argument::Value(value)) => value,
        Some(Argument::List(items)) => Val::List(
            items
                .into_iter()
                .map(|item| match item {
                    Argument::Value(value) => value,
                    other => panic!("{other:?}"),
                })
                .collect(),
        ),
        other => panic!("{other:?}"),
    };
    call.arguments.into_iter().map(value).collect()
}

fn refusal(of: &str, words: &[&str]) -> String {
    read(of, words).unwrap_err()
}

const THREE: &str = r#"(param "a" u8) (param "loud" bool) (param "rest" (list u8))"#;
const TWO: &str = r#"(param "a" u8) (param "b" u8)"#;
const AROUND: &str = r#"(param "a" u8) (param "many" (list s8)) (param "z" u8)"#;

#[test]
fn words_go_by_position_or_by_name() {
    let both = [Val::U8(1), Val::U8(2)];
    for words in [
        &["1", "2"][..],
        &["--b", "2", "1"],
        &["--b=2", "--a=1"],
        &["--b=2", "--", "1"],
        &["1", "--b", "2"],
    ] {
        assert_eq!(values(TWO, words), both, "{words:?}");
    }
}

#[test]
fn what_doesnt_fit_is_told_by_the_parameters_name() {
    assert!(refusal(TWO, &["1"]).contains("the parameter `b` (u8) has no value"));
    assert!(refusal(TWO, &["1", "2", "3"]).contains("`3` is one word too many"));
    assert!(refusal(TWO, &["1", "x"]).contains("`x` doesn't fit the parameter `b`"));
    assert!(refusal(TWO, &["--a=1", "--a=2", "3"]).contains("it is given twice"));
    assert!(refusal(TWO, &["--a"]).contains("no value follows it"));
    assert!(refusal(TWO, &["1", "--bb", "2"]).contains("is it `--b`?"));
    assert!(refusal(TWO, &["-x", "1"]).contains("there is no flag `-x`"));
}

#[test]
fn a_word_that_begins_with_a_hyphen_may_be_a_number_or_follow_two() {
    assert_eq!(values(r#"(param "a" s8)"#, &["-5"]), [Val::S8(-5)]);
    assert_eq!(values(r#"(param "a" f64)"#, &["-inf"]), [Val::Float64(f64::NEG_INFINITY)]);
    assert_eq!(values(r#"(param "a" string)"#, &["--", "--a"]), [Val::String("--a".into())]);
    assert_eq!(values(r#"(param "a" string)"#, &["-"]), [Val::String("-".into())]);
}

#[test]
fn switches_and_options_are_named_unless_every_parameter_has_a_word() {
    let of = r#"(param "a" u8) (param "loud" bool) (param "size" (option u8))"#;
    let some = |n| Val::Option(Some(Box::new(Val::U8(n))));
    assert_eq!(values(of, &["1"]), [Val::U8(1), Val::Bool(false), Val::Option(None)]);
    assert_eq!(values(of, &["1", "--loud"]), [Val::U8(1), Val::Bool(true), Val::Option(None)]);
    assert_eq!(values(of, &["1", "--no-loud", "--size", "3"])[1..], [Val::Bool(false), some(3)]);
    assert_eq!(values(of, &["1", "true"])[1], Val::Bool(true));
    assert!(refusal(of, &["1", "true", "3"]).contains("one word too many"));
    assert!(refusal(of, &["1", "--loud", "--no-loud"]).contains("it is given twice"));
}

#[test]
fn a_list_takes_what_is_left_over() {
    let list = |numbers: &[i8]| Val::List(numbers.iter().map(|n| Val::S8(*n)).collect());
    assert_eq!(values(AROUND, &["1", "2"]), [Val::U8(1), list(&[]), Val::U8(2)]);
    assert_eq!(values(AROUND, &["1", "7", "8", "2"]), [Val::U8(1), list(&[7, 8]), Val::U8(2)]);
    assert_eq!(values(AROUND, &["1", "[7,8]", "2"])[1], list(&[7, 8]));
    assert_eq!(values(AROUND, &["--many=7", "--many", "8", "1", "2"])[1], list(&[7, 8]));
    assert!(refusal(AROUND, &["1"]).contains("`z`"));
    // Bytes are one word.
    let bytes = read(THREE, &["1", "@file"]).unwrap().arguments.remove(2);
    assert_eq!(bytes, Some(Argument::Bytes("file".parse().unwrap())));
}

#[test]
fn our_own_flags_say_where_the_output_goes_unless_the_function_has_them() {
    let call = read(TWO, &["-o", "out.txt", "1", "--output", "json", "2", "--append"]).unwrap();
    let location: Location = "out.txt".parse().unwrap();
    let (location, format) = (Some(location), Format::Json);
    assert_eq!(call.destination, Destination { location, format, append: true });

    let own = r#"(param "output" string)"#;
    assert_eq!(values(own, &["--output", "json"]), [Val::String("json".into())]);
    assert!(refusal(TWO, &["1", "2", "--output", "xml"]).contains("is no output format"));
    assert!(refusal(TWO, &["1", "2", "-o", "a", "-o", "b"]).contains("`-o` is given twice"));
    assert!(refusal(TWO, &["1", "2", "-o"]).contains("no value follows `-o`"));
}

#[test]
fn help_is_asked_for_before_the_names_end_and_not_where_its_a_parameter() {
    let asks = |of: &str, words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        asks_for_help(&signature(of), &words)
    };
    assert!(asks(TWO, &["--help"]) && asks(TWO, &["1", "-h"]));
    assert!(!asks(TWO, &["--", "--help"]) && !asks(TWO, &["help"]));
    assert!(!asks(r#"(param "help" bool)"#, &["--help"]));
}

#[test]
fn a_call_in_wave_is_read_or_told_by_the_parameters_name() {
    let f = signature(TWO);
    let read = |text: &str| {
        call_expression(&f, text, Destination::default()).map_err(|error| error.to_string())
    };
    let one_two = [Some(Argument::Value(Val::U8(1))), Some(Argument::Value(Val::U8(2)))];
    assert_eq!(read("f(1, 2)").unwrap().arguments, one_two);
    assert_eq!(read("a:b/c@1.0.0#f(1, 2)").unwrap().arguments, one_two);
    assert!(read("f(1, \"x\")").unwrap_err().contains("`b` is u8"));
    assert!(read("f(1, 2").unwrap_err().contains("isn't a call as WAVE writes it"));
}
