//! One word as a value of each type.

use wasmtime::component::Val;

use crate::stream::Location;
use crate::typed::argument::Argument;
use crate::typed::handle::Handle;
use crate::typed::tests::ty;
use crate::typed::{json, text};

fn plain(argument: Argument) -> Val {
    match argument {
        Argument::Value(value) => value,
        other => panic!("{other:?}"),
    }
}

fn value(of: &str, word: &str) -> Val {
    plain(text::read(&ty(of), word).unwrap_or_else(|why| panic!("{of} {word}: {why}")))
}

fn refusal(of: &str, word: &str) -> String {
    match text::read(&ty(of), word) {
        Err(why) => why,
        Ok(read) => panic!("{of} {word}: {read:?}"),
    }
}

#[test]
fn scalars_are_read_raw() {
    assert_eq!(value("u8", "255"), Val::U8(255));
    assert_eq!(value("s64", "-9223372036854775808"), Val::S64(i64::MIN));
    assert_eq!(value("f32", "-inf"), Val::Float32(f32::NEG_INFINITY));
    assert_eq!(value("char", "ß"), Val::Char('ß'));
    assert_eq!(value("string", "a \"b\" [c]"), Val::String("a \"b\" [c]".into()));
    assert_eq!(value("string", ""), Val::String(String::new()));
    assert_eq!(value("(option u8)", "7"), Val::Option(Some(Box::new(Val::U8(7)))));
    assert_eq!(value("$color", "green"), Val::Enum("green".into()));
}

#[test]
fn what_is_no_scalar_of_the_type_is_told_why() {
    for word in ["256", "-1", "99999999999999999999999999999999999999999"] {
        assert_eq!(refusal("u8", word), "it is out of range: 0 to 255", "{word}");
    }
    for word in ["", "1.0", "0x10", "one", " 1"] {
        assert_eq!(refusal("u8", word), "it is not a whole number", "{word}");
    }
    assert_eq!(refusal("bool", "yes"), "it is neither `true` nor `false`");
    assert_eq!(refusal("f64", "fast"), "it is not a number");
    assert_eq!((refusal("char", ""), refusal("char", "ab")), {
        let why = "it is not one character".to_owned();
        (why.clone(), why)
    });
    assert_eq!(refusal("$color", "blue"), "it is none of `red`, `green`");
}

#[test]
fn flags_are_names_with_commas_or_wave_or_json() {
    let flags = |names: &[&str]| Val::Flags(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(value("$mode", "write,read"), flags(&["write", "read"]));
    assert_eq!(value("$mode", "read, read"), flags(&["read"]));
    assert_eq!(value("$mode", ""), flags(&[]));
    assert_eq!(value("$mode", "{read}"), flags(&["read"]));
    assert_eq!(value("$mode", "json:[\"write\"]"), flags(&["write"]));
    assert_eq!(refusal("$mode", "read,exec"), "`exec` is none of `read`, `write`");
}

/// A name within JSON is a name, whatever it begins with: no file is read for it.
#[test]
fn a_flag_in_json_names_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags");
    std::fs::write(&path, "{read}").unwrap();

    assert_eq!(value("$mode", &format!("@{}", path.display())), value("$mode", "read"));
    let named = json::parse(&ty("$mode"), &format!("[\"@{}\"]", path.display()));
    assert!(named.unwrap_err().contains("is none of `read`, `write`"));
}

#[test]
fn compound_values_are_wave_json_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("@{}", path.display())
    };
    let wave = text::read(&ty("$point"), "{x: 3, label: some(\"a\")}").unwrap();
    let Argument::Value(point) = &wave else { panic!("{wave:?}") };
    // JSON's fields are read one by one, so that each may be a place.
    let whole = |argument: Argument| match argument {
        Argument::Value(value) => value,
        Argument::Record(fields) => {
            Val::Record(fields.into_iter().map(|(name, field)| (name, plain(field))).collect())
        }
        other => panic!("{other:?}"),
    };
    for word in [
        "json:{\"x\": 3, \"label\": \"a\"}".to_owned(),
        file("point.json", "{\"label\": \"a\", \"x\": 3}"),
        file("point", "  {x: 3, label: some(\"a\")}\n"),
    ] {
        assert_eq!(whole(text::read(&ty("$point"), &word).unwrap()), *point, "{word}");
    }
    assert!(refusal("$point", "@/nowhere/at/all").contains("can't be read"));
}

#[test]
fn a_handle_is_a_place_and_bytes_are_read_from_one() {
    let opened = text::read(&ty("(stream u8)"), "a/b.txt").unwrap();
    let location: Location = "a/b.txt".parse().unwrap();
    let (handle, read_only, borrowed) = (Handle::Bytes, false, false);
    assert_eq!(opened, Argument::Open { handle, location, read_only, borrowed });

    let bytes = text::read(&ty("(list u8)"), "@a/b.txt").unwrap();
    assert_eq!(bytes, Argument::Bytes("a/b.txt".parse().unwrap()));
    let few = text::read(&ty("(list u8)"), "[1, 2]").unwrap();
    assert_eq!(few, Argument::Value(Val::List(vec![Val::U8(1), Val::U8(2)])));

    assert!(text::read(&ty("(stream u8)"), "log:").is_err());
}
