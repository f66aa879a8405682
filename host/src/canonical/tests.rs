//! What is lowered and lifted here is what the engine's own `Val` gives.

use wasmtime::component::{Component, Func, Linker, Val};
use wasmtime::{Config, Engine, Store};

use crate::canonical::{Parameters, Returned, Value};

/// A component's function `f`, in an engine with concurrency support and in one without.
fn each_engine(text: &str, check: impl Fn(&mut Store<()>, Func)) {
    for concurrent in [false, true] {
        let (mut store, function) = started(&compiled(text, concurrent));
        check(&mut store, function);
    }
}

fn compiled(text: &str, concurrent: bool) -> Component {
    let mut config = Config::new();
    config.concurrency_support(concurrent);
    let engine = Engine::new(&config).unwrap();
    Component::new(&engine, wat::parse_str(text).unwrap()).unwrap()
}

fn started(component: &Component) -> (Store<()>, Func) {
    let mut store = Store::new(component.engine(), ());
    let instance = Linker::new(component.engine()).instantiate(&mut store, component).unwrap();
    let function = instance.get_func(&mut store, "f").unwrap();
    (store, function)
}

type Outcome = wasmtime::Result<Returned>;

fn by_val(store: &mut Store<()>, function: Func, arguments: &[Value]) -> wasmtime::Result<Val> {
    let arguments: Vec<Val> = arguments.iter().cloned().map(Val::from).collect();
    let mut results = [Val::Bool(false)];
    function.call(store, &arguments, &mut results).map(|()| results.into_iter().next().unwrap())
}

fn here(store: &mut Store<()>, function: Func, arguments: &[Value]) -> Outcome {
    let typed = function.typed::<Parameters, Returned>(&mut *store)?;
    let executor = tokio::runtime::Builder::new_current_thread().build().unwrap();
    executor.block_on(typed.call_async(store, Parameters(arguments.to_vec())))
}

/// What allocates, and a memory for it.
const MEMORY: &str = r#"(memory (export "memory") 4)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
        (i32.xor (i32.sub (local.get 2) (i32.const 1)) (i32.const -1))))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))"#;

/// A component whose `f` has the WIT-like type `ty` over the core function `code`.
fn component(types: &str, ty: &str, code: &str) -> String {
    format!(
        r#"(component
          (core module $m {MEMORY} {code})
          (core instance $i (instantiate $m))
          {types}
          (func (export "f") {ty}
            (canon lift (core func $i "f") (memory $i "memory")
              (realloc (func $i "realloc")) string-encoding=utf8)))"#
    )
}

const TYPES: &str = r#"
    (type $color' (enum "red" "green" "blue")) (export $color "color" (type $color'))
    (type $few' (flags "a" "b" "c")) (export $few "few" (type $few'))
    (type $some' (flags "f0" "f1" "f2" "f3" "f4" "f5" "f6" "f7" "f8" "f9"))
    (export $some "some" (type $some'))
    (type $shape' (variant (case "none") (case "byte" u8) (case "text" string) (case "big" u64)
      (case "bytes" (list u8)) (case "pair" (tuple f32 f64))))
    (export $shape "shape" (type $shape'))
    (type $point' (record (field "x" s32) (field "y" f64) (field "c" $color)))
    (export $point "point" (type $point'))"#;

const WHOLE: &str = "(tuple bool s8 u8 s16 u16 s32 u32 s64 u64 f32 f64 char string (list u8)
    (list (list u16)) $color $few $some $shape $point (option (list u8)) (option u8)
    (result (list string) (error $shape)) (result (error string)) (list $shape) (list $point))";

fn text(text: &str) -> Value {
    Value::Leaf(Val::String(text.into()))
}

fn bytes(count: u8) -> Value {
    Value::Bytes((0..count).collect())
}

fn some(value: Value) -> Option<Box<Value>> {
    Some(Box::new(value))
}

fn shapes() -> Vec<Value> {
    let leaf = |value| some(Value::Leaf(value));
    let case = |name: &str, payload| Value::Variant(name.into(), payload);
    let pair = vec![Value::Leaf(Val::Float32(-0.5)), Value::Leaf(Val::Float64(1e300))];
    vec![
        case("none", None),
        case("byte", leaf(Val::U8(200))),
        case("text", some(text("äöü"))),
        case("big", leaf(Val::U64(u64::MAX))),
        case("bytes", some(bytes(9))),
        case("pair", some(Value::Tuple(pair))),
    ]
}

fn point(color: &str) -> Value {
    Value::Record(vec![
        ("x".into(), Value::Leaf(Val::S32(-7))),
        ("y".into(), Value::Leaf(Val::Float64(2.5))),
        ("c".into(), Value::Leaf(Val::Enum(color.into()))),
    ])
}

fn flags(names: &[&str]) -> Value {
    Value::Leaf(Val::Flags(names.iter().map(|name| (*name).to_owned()).collect()))
}

/// Values of [`WHOLE`], with each shape.
fn wholes() -> Vec<Value> {
    let numbers = [
        Val::Bool(true),
        Val::S8(-8),
        Val::U8(250),
        Val::S16(-300),
        Val::U16(65_000),
        Val::S32(i32::MIN),
        Val::U32(u32::MAX),
        Val::S64(i64::MIN),
        Val::U64(u64::MAX),
        Val::Float32(1.5),
        Val::Float64(-2.25),
        Val::Char('€'),
    ];
    let lists = || {
        let inner = |numbers: &[u16]| {
            Value::List(numbers.iter().map(|number| Value::Leaf(Val::U16(*number))).collect())
        };
        Value::List(vec![inner(&[1, 2, 3]), inner(&[]), inner(&[65_535])])
    };
    let whole = |(number, shape): (usize, Value)| {
        let odd = number % 2 == 1;
        let texts = Value::List(vec![text("one"), text("")]);
        let mut parts: Vec<Value> = numbers.iter().cloned().map(Value::Leaf).collect();
        parts.extend([
            text("text"),
            bytes(200),
            lists(),
            Value::Leaf(Val::Enum("blue".into())),
            flags(&["a", "c"]),
            flags(&["f0", "f8", "f9"]),
            shape.clone(),
            point("green"),
            Value::Option(odd.then(|| Box::new(bytes(3)))),
            Value::Option((!odd).then(|| Box::new(Value::Leaf(Val::U8(1))))),
            Value::Result(if odd { Ok(some(texts)) } else { Err(some(shape)) }),
            Value::Result(if odd { Err(some(text("no"))) } else { Ok(None) }),
            Value::List(shapes()),
            Value::List(vec![point("red"), point("blue")]),
        ]);
        Value::Tuple(parts)
    };
    shapes().into_iter().enumerate().map(whole).collect()
}

#[test]
fn in_memory() {
    // So many values are passed by their place in memory, and returned so.
    let code = r#"(func (export "f") (param i32) (result i32) (local.get 0))"#;
    let echo = component(TYPES, &format!(r#"(param "v" {WHOLE}) (result {WHOLE})"#), code);
    each_engine(&echo, |store, function| {
        for whole in wholes() {
            let expected = Val::from(whole.clone());
            assert_eq!(by_val(store, function, &[whole.clone()]).unwrap(), expected);
            assert_eq!(here(store, function, &[whole]).unwrap(), Returned::Value(expected));
        }
    });
}

#[test]
fn as_core_values() {
    let code = r#"(func (export "f") (param i32 i64 i64 i32 i32 i32 i32 i32 i32 i32 f64 i32)
      (result i32)
      (i64.store (i32.const 0) (i64.extend_i32_u (local.get 0)))
      (i64.store (i32.const 8) (local.get 1))
      (i64.store (i32.const 16) (local.get 2))
      (i64.store (i32.const 24) (i64.extend_i32_u (local.get 3)))
      (i64.store (i32.const 32) (i64.load (local.get 4)))
      (i64.store (i32.const 40) (i64.extend_i32_u (local.get 5)))
      (i64.store (i32.const 48) (i64.extend_i32_u (local.get 6)))
      (i64.store (i32.const 56) (i64.extend_i32_u (local.get 7)))
      (i64.store (i32.const 64) (i64.extend_i32_u (local.get 8)))
      (i64.store (i32.const 72) (i64.reinterpret_f64 (local.get 10)))
      (i32.const 0))"#;
    let numbers = "u64 ".repeat(10);
    let ty = format!(
        r#"(param "s" $shape) (param "o" (option (list u8))) (param "x" u8) (param "e" $color)
        (param "f" $some) (param "p" $point) (result (tuple {numbers}))"#
    );
    let noting = component(TYPES, &ty, code);
    each_engine(&noting, |store, function| {
        for shape in shapes() {
            let given = [
                shape,
                Value::Option(some(bytes(8))),
                Value::Leaf(Val::U8(5)),
                Value::Leaf(Val::Enum("green".into())),
                flags(&["f1", "f9"]),
                point("blue"),
            ];
            // Where lists lie differs from call to call: only "text" and "bytes" have one here.
            let moving =
                matches!(&given[0], Value::Variant(name, _) if name == "text" || name == "bytes");
            let (Val::Tuple(expected), Returned::Value(Val::Tuple(found))) =
                (by_val(store, function, &given).unwrap(), here(store, function, &given).unwrap())
            else {
                panic!("both are tuples")
            };
            let skipped = if moving { 3 } else { 0 };
            assert_eq!(found[0], expected[0]);
            assert_eq!(found[skipped..], expected[skipped..]);
            assert_eq!(found[4], Val::U64(0x0706_0504_0302_0100));
        }
    });
}

#[test]
fn bytes_come_out_as_they_are() {
    let code = r#"(data (i32.const 64) "\00\00\00\00\60\00\00\00\03\00\00\00")
      (data (i32.const 80) "\01\00\00\00\60\00\00\00\02\00\00\00")
      (data (i32.const 96) "abc") (func (export "f") (param i32) (result i32) (local.get 0))"#;
    let ty = r#"(param "at" u32) (result (result (list u8) (error string)))"#;
    each_engine(&component("", ty, code), |store, function| {
        let at = |place| [Value::Leaf(Val::U32(place))];
        assert_eq!(here(store, function, &at(64)).unwrap(), Returned::Bytes(b"abc".to_vec()));
        let error = Val::Result(Err(Some(Box::new(Val::String("ab".into())))));
        assert_eq!(here(store, function, &at(80)).unwrap(), Returned::Value(error));
    });
}

#[test]
fn what_is_not_in_memory_is_refused() {
    let code = r#"(data (i32.const 64) "\ff\ff\ff\ff\ff\ff\ff\ff")
      (data (i32.const 72) "\00\00\00\00\01\00\04\00") (data (i32.const 80) "\60\00\00\00\03\00\00\00")
      (func (export "f") (param i32) (result i32) (local.get 0))"#;
    let ty = r#"(param "at" u32) (result (list u8))"#;
    for at in [64_u32, 72, 1, 2, 0x3_ffff, 0x4_0000, u32::MAX] {
        each_engine(&component("", ty, code), |store, function| {
            let why = here(store, function, &[Value::Leaf(Val::U32(at))]).unwrap_err().to_string();
            assert!(why.contains("out of bounds") || why.contains("not aligned"), "{at}: {why}");
        });
    }
    each_engine(&component("", ty, code), |store, function| {
        store.set_hostcall_fuel(2);
        let over = here(store, function, &[Value::Leaf(Val::U32(80))]).unwrap_err().to_string();
        assert!(over.contains("fuel allocated for hostcalls"), "{over}");
    });
}

#[test]
fn values_of_other_types_are_refused() {
    let code = r#"(func (export "f") (param i32 i32 i32 i32) (result i32) (local.get 0))"#;
    let types = r#"(type $e' (enum "a")) (export $e "e" (type $e'))"#;
    let ty = r#"(param "b" (list u8)) (param "o" (option $e)) (result u32)"#;
    let none = || Value::Option(None);
    let odd = Value::Option(some(Value::Leaf(Val::Enum("z".into()))));
    let wrong = [
        vec![bytes(1)],
        vec![bytes(1), none(), none()],
        vec![text("x"), none()],
        vec![none(), bytes(1)],
        vec![bytes(1), odd],
        vec![Value::List(vec![Value::Leaf(Val::U16(1))]), none()],
        vec![bytes(1), Value::Option(some(bytes(1)))],
    ];
    for arguments in wrong {
        each_engine(&component(types, ty, code), |store, function| {
            assert!(here(store, function, &arguments).is_err(), "{arguments:?}");
        });
    }
    each_engine(&component(types, ty, code), |store, function| {
        assert!(here(store, function, &[bytes(1), none()]).is_ok());
    });
}

#[test]
fn whatever_lies_in_memory_is_what_the_engine_makes_of_it() {
    // Fills memory with small numbers by chance: most are cases, flags and short lists that exist.
    let code = r#"(func (export "f") (param $at i32) (param $seed i32) (result i32)
      (local $i i32)
      (loop $fill
        (local.set $seed (i32.add (i32.const 12345)
          (i32.mul (local.get $seed) (i32.const 1103515245))))
        (i32.store (local.get $i) (i32.and (i32.shr_u (local.get $seed) (i32.const 9))
          (select (i32.const 0x03010307) (i32.const 0xff) (i32.and (local.get $seed) (i32.const 0x10000)))))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br_if $fill (i32.lt_u (local.get $i) (i32.const 1024))))
      (local.get $at))"#;
    let types = [
        "(result (list u8) (error $shape))",
        "(option (list $shape))",
        "(tuple $color $few $some $shape)",
        "(list (result (list u16) (error $color)))",
        "(tuple (option $point) (option u64) bool char)",
    ];
    for ty in types {
        let ty = format!(r#"(param "at" u32) (param "seed" u32) (result {ty})"#);
        let compiled = compiled(&component(TYPES, &ty, code), false);
        let (mut whole, mut refused) = (0, 0);
        for seed in 0..150 {
            // After a failure an instance can't be called again.
            let given = [8 * seed % 512, seed * 7919].map(|n| Value::Leaf(Val::U32(n)));
            let one = |call: &dyn Fn(&mut Store<()>, Func) -> Outcome| {
                let (mut store, function) = started(&compiled);
                call(&mut store, function)
            };
            let expected =
                one(&|store, function| by_val(store, function, &given).map(Returned::Value));
            match (expected, one(&|store, function| here(store, function, &given))) {
                (Ok(Returned::Value(Val::Result(Ok(Some(list))))), Ok(Returned::Bytes(found))) => {
                    assert_eq!(Val::from(Value::Bytes(found)), *list);
                }
                (Ok(expected), Ok(found)) => assert_eq!(found, expected),
                (Err(_), Err(_)) => {
                    refused += 1;
                    continue;
                }
                other => panic!("{ty} of {seed}: {other:?}"),
            }
            whole += 1;
        }
        assert!(
            whole + refused == 150 && (whole > 0 || ty.contains("char")),
            "{ty}: {whole} and {refused}"
        );
    }
}
