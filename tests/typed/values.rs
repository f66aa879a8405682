//! Words as values, and values as text.

use crate::call;
use crate::run::{forebay, run, wat};

const TYPED: &str = "rust/typed";

#[test]
fn a_value_of_every_type_comes_back_as_it_went() {
    for (words, expected) in [
        (&["of-bool", "--value"][..], "true"),
        (&["of-bool", "--no-value"], "false"),
        (&["of-bool", "true"], "true"),
        (&["echo.of-u8", "255"], "255"),
        (&["of-s8", "-128"], "-128"),
        (&["of-u16", "--value=65535"], "65535"),
        (&["of-s16", "--", "-5"], "-5"),
        (&["of-u32", "4294967295"], "4294967295"),
        (&["of-s32", "-2147483648"], "-2147483648"),
        (&["of-u64", "18446744073709551615"], "18446744073709551615"),
        (&["of-s64", "-9223372036854775808"], "-9223372036854775808"),
        (&["of-f32", "0.1"], "0.1"),
        (&["of-f64", "-inf"], "-inf"),
        (&["of-char", "é"], "é"),
        (&["of-string", "a \"quoted\" text"], "a \"quoted\" text"),
        (&["of-strings", "a", "b c"], "[\"a\", \"b c\"]"),
        (&["of-strings"], "[]"),
        (&["of-strings", "--value", "x", "--value=y"], "[\"x\", \"y\"]"),
        (&["of-strings", "[\"a\", \"b\"]"], "[\"a\", \"b\"]"),
        (&["echo.of-option", "--value", "4"], "some(4)"),
        (&["echo.of-option"], "none"),
        (&["of-result", "ok(3)"], "3"),
        (&["echo.of-tuple", "(7, \"x\")"], "(7, \"x\")"),
        (&["of-point", "{x: 1, y: -2}"], "{x: 1, y: -2}"),
        (&["of-point", "json:{\"y\": 4, \"x\": 3}"], "{x: 3, y: 4}"),
        (&["of-shape", "circle(1.5)"], "circle(1.5)"),
        (&["of-shape", "json:{\"named\": \"n\"}"], "named(\"n\")"),
        (&["of-shape", "nothing"], "nothing"),
        (&["of-size", "large"], "large"),
        (&["of-access", "read,execute"], "{read, execute}"),
        (&["of-access", "{write}"], "{write}"),
        (&["of-access", ""], "{}"),
    ] {
        let Some(ended) = call(&[], TYPED, words) else { return };
        ended.prints(&format!("{expected}\n"));
    }
}

#[test]
fn nested_values_are_wave_json_or_a_file_of_either() {
    let wave = "{name: \"n\", points: [{x: 1, y: 2}], shapes: [none, some(at({x: 0, y: 0}))], pair: (1, \"p\"), \
                size: small, access: {read, write}, outcome: err(\"bad\")}";
    let json = r#"{"name": "n", "points": [{"x": 1, "y": 2}], "shapes": [null, {"at": {"x": 0, "y": 0}}],
                   "pair": [1, "p"], "size": "small", "access": ["read", "write"], "outcome": {"err": "bad"}}"#;
    let folder = crate::scratch();
    let file = crate::file(&folder, "nested.json", json.as_bytes());
    for word in [wave.to_owned(), format!("json:{json}"), format!("@{file}")] {
        let Some(ended) = call(&[], TYPED, &["of-nested", &word]) else { return };
        ended.prints(&format!("{wave}\n"));
    }
    let Some(ended) = call(&[], TYPED, &["of-nested", wave, "--output", "json"]) else { return };
    // The fields stand as the type declares them.
    let compact = json.split_whitespace().collect::<String>();
    ended.prints(&format!("{compact}\n"));
}

#[test]
fn bytes_are_raw_and_come_from_files_urls_or_wave() {
    let folder = crate::scratch();
    let file = crate::file(&folder, "bytes", b"a\0b");
    for (word, expected) in [
        (format!("@{file}"), "a\0b"),
        (file, "a\0b"),
        ("data:,hi".into(), "hi"),
        ("[104]".into(), "h"),
    ] {
        let Some(ended) = call(&[], TYPED, &["of-bytes", &word]) else { return };
        ended.prints(expected);
    }
    let Some(ended) = call(&[], TYPED, &["of-bytes", "zero:?len=100MiB"]) else { return };
    ended.fails(125, &["holds more than", "takes a stream"]);
}

#[test]
fn a_whole_call_in_wave_is_one_word() {
    for (words, expected) in [
        (&["echo.of-tuple((1, \"a\"))"][..], "(1, \"a\")"),
        (&["echo.of-option(some(3))"], "some(3)"),
        (&["echo.of-option()"], "none"),
        (&["forebay:typed/echo#of-string(\"x\")", "--output", "wave"], "\"x\""),
    ] {
        let Some(guest) = crate::run::built(TYPED) else { return };
        let mut command = forebay();
        command.arg("call").args(&words[1..]).arg(guest).arg(words[0]);
        crate::run::Ended::of(command.output().unwrap()).prints(&format!("{expected}\n"));
    }
    run(&["--invoke", "add(3, 4)"], wat("add"), &[]).prints("7\n");
    run(&["--invoke", "add"], wat("add"), &["3", "4"]).prints("7\n");
    run(&["--invoke", "add(3, 4)"], wat("add"), &["5"]).fails(2, &["`5` follows a whole call"]);
    let Some(ended) = call(&[], TYPED, &["of-u32(x)"]) else { return };
    ended.fails(2, &["doesn't fit"]);
}

#[test]
fn what_does_not_fit_is_named_with_its_type_and_an_example() {
    for (words, parts) in [
        (&["echo.of-u8", "300"][..], &["`300`", "`value` (u8)", "0 to 255", "for example: 42"][..]),
        (&["echo.of-u8", "x"], &["not a whole number"]),
        (&["echo.of-u8", "99999999999999999999999999999999999999999999"], &["out of range"]),
        (&["echo.of-u8"], &["`value` (u8) has no value"]),
        (&["echo.of-u8", "1", "2"], &["`2` is one word too many", "usage:"]),
        (&["echo.of-u8", "--valu", "1"], &["no parameter `valu`", "is it `--value`?"]),
        (&["echo.of-u8", "--value", "1", "--value", "2"], &["given twice"]),
        (&["echo.of-u8", "--value"], &["no value follows it"]),
        (&["of-char", "xy"], &["not one character"]),
        (&["of-size", "huge"], &["`small`, `medium`, `large`"]),
        (&["of-access", "read,fly"], &["`fly` is none of"]),
        (&["of-point", "{x: 1}"], &["`value` (record { x: s32, y: s32 })"]),
        (&["of-point", "{x: 1, y: 2, z: 3}"], &["no field `z`"]),
        (&["of-point", "{x: 1, y: 2, x: 3}"], &["duplicate field"]),
        (&["of-point", "json:{\"x\": 1, \"z\": 2}"], &["no field `z`"]),
        (&["of-nested", "{name: \"n\", poinst: []}"], &["no field `poinst`; is it `points`?"]),
        (&["of-nested", "json:{\"nam\": \"n\"}"], &["no field `nam`; is it `name`?"]),
        (&["of-point", "@nowhere.json"], &["`nowhere.json` can't be read"]),
        (&["of-strings", "-x"], &["no flag `-x`", "write `--`"]),
        (&["take", "x"], &["can't be called from here", "borrowed resource"]),
        (&["make"], &["can't be called from here", "can't be shown"]),
        (&["of-u8", "1"], &["names several functions", "`forebay:typed/ends#of-u8`"]),
        (&["of-string", "x", "--output", "xml"], &["no output format", "--output json"]),
    ] {
        let Some(ended) = call(&[], TYPED, words) else { return };
        assert_eq!(ended.stdout, "");
        ended.fails(2, parts);
    }
    let Some(ended) = call(&[], TYPED, &["of-u9", "1"]) else { return };
    ended.fails(127, &["no function `of-u9`", "is it `of-u8`?"]);
    let Some(ended) = call(&[], TYPED, &[]) else { return };
    ended.fails(2, &["no function is named"]);
}

#[test]
fn errors_traps_and_nothing_end_as_programs_do() {
    let Some(ended) = call(&[], TYPED, &["fail", "oops"]) else { return };
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(1), "", "oops\n"));
    let Some(ended) = call(&[], TYPED, &["trap"]) else { return };
    ended.fails(134, &["trapped", "unreachable"]);
    let Some(ended) = call(&[], TYPED, &["nothing"]) else { return };
    ended.prints("");
}

#[test]
fn the_only_function_is_the_main_and_several_are_listed() {
    run(&[], wat("add"), &["1", "2"]).prints("3\n");
    run(&[], wat("add"), &["--b", "5", "1"]).prints("6\n");
    let Some(typed) = crate::run::built(TYPED) else { return };
    run(&[], typed, &[]).fails(127, &["several functions", "forebay call"]);
}
