//! Any words, one a line: the arguments of a function that has a parameter of every kind, or a
//! usage error; what was read as WAVE or JSON never panics either.

use std::sync::LazyLock;

use forebay::config::Config;
use forebay::error::Class;
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination, Signature};

const GUEST: &str = r#"(component
  (import "wasi:io/streams@0.2.12" (instance $streams (export "input-stream" (type (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "one") (param i32)) (func (export "many") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (alias core export $i "one" (core func $one))
  (alias core export $i "many" (core func $many))
  (type $point' (record (field "x" s32) (field "y" f64)))
  (export $point "point" (type $point'))
  (type $size' (enum "small" "large"))
  (export $size "size" (type $size'))
  (type $access' (flags "read" "write"))
  (export $access "access" (type $access'))
  (type $shape' (variant (case "nothing") (case "at" $point) (case "named" string)))
  (export $shape "shape" (type $shape'))
  (type $labelled' (record (field "label" string) (field "input" (own $input))))
  (export $labelled "labelled" (type $labelled'))
  (func (export "many")
    (param "a" u8) (param "b" s64) (param "c" f32) (param "d" char) (param "e" string) (param "f" bool)
    (param "g" $point) (param "h" $size) (param "i" $access) (param "j" $shape) (param "k" (list string))
    (param "l" (option u32)) (param "m" (tuple u8 string)) (param "n" (result u32 (error string)))
    (param "o" (own $input)) (param "p" $labelled) (param "q" (list u8))
    (canon lift (core func $many) (memory $memory) (realloc $realloc))))"#;

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| {
    let runtime = Runtime::new(Config::default()).unwrap();
    let loaded = runtime.load_blocking("fuzz", GUEST.as_bytes().to_vec()).unwrap();
    loaded.link_function(&Grants::default(), "many").unwrap().signature().unwrap().clone()
});

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // `@FILE` reads the file system, which isn't what is tried here.
    if text.contains('@') {
        return;
    }
    let words: Vec<String> = text.lines().map(str::to_owned).collect();
    match typed::arguments(&SIGNATURE, &words, Destination::default()) {
        Ok(call) => assert_eq!(call.arguments.len(), SIGNATURE.parameters.len()),
        Err(error) => assert_eq!(error.class(), Class::Usage, "{error}"),
    }
    let _ = typed::call_expression(&SIGNATURE, &format!("many({text})"), Destination::default());
    let _ = typed::help::completions(&SIGNATURE, &words);
    for parameter in &SIGNATURE.parameters {
        let one = Signature { parameters: vec![parameter.clone()], ..SIGNATURE.clone() };
        let word = ["--".to_owned(), text.to_owned()];
        if let Err(error) = typed::arguments(&one, &word, Destination::default()) {
            assert_eq!(error.class(), Class::Usage, "{error}");
        }
    }
}
