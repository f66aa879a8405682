//! A thousand guests: more than one component can hold side by side, so they're composed in parts.

use forebay::config::{CacheConfig, Config};
use forebay::graph::{Graph, compose};
use forebay::load::Program;
use forebay::runtime::Runtime;

use crate::run::{Ended, forebay};
use crate::scratch;

const GUESTS: u32 = 1_000;

/// A guest that adds 1 to what the next one says; the last one counts its variables. All of them
/// know the one before it.
fn guest(number: u32, guests: u32) -> Program {
    let (next, last) = (number + 1, guests - 1);
    let hop = |number: u32| {
        format!(
            r#"(import "acme:row/hop{number}@0.1.0" (instance $hop{number} (export "hop" (func (result u32)))))"#
        )
    };
    let (imports, body) = if number == last {
        let environment = r#"(import "wasi:cli/environment@0.2.6" (instance $e
              (export "get-environment" (func (result (list (tuple string string)))))))
            (core module $heap (memory (export "memory") 1)
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64))
            (core instance $heap (instantiate $heap)) (alias core export $heap "memory" (core memory $mem))
            (core func $f (canon lower (func $e "get-environment") (memory $mem) (realloc (func $heap "realloc"))))
            (core module $m (import "x" "f" (func $f (param i32))) (import "x" "memory" (memory 1))
              (func (export "hop") (result i32) (call $f (i32.const 0)) (i32.load (i32.const 4))))
            (core instance $i (instantiate $m (with "x" (instance (export "f" (func $f)) (export "memory" (memory $mem))))))"#;
        (String::new(), environment.to_owned())
    } else {
        let others = if next < last { format!("{}{}", hop(next), hop(last)) } else { hop(next) };
        let body = format!(
            r#"(core func $f (canon lower (func $hop{next} "hop")))
            (core module $m (import "x" "f" (func $f (result i32)))
              (func (export "hop") (result i32) (i32.add (call $f) (i32.const 1))))
            (core instance $i (instantiate $m (with "x" (instance (export "f" (func $f))))))"#
        );
        (others, body)
    };
    let text = format!(
        r#"(component {imports} {body}
            (func $own (result u32) (canon lift (core func $i "hop")))
            (instance $x (export "hop" (func $own)))
            (export "acme:row/hop{number}@0.1.0" (instance $x)))"#
    );
    Program::recognise(&format!("hop{number}"), text.into_bytes()).unwrap()
}

fn row(guests: u32) -> Graph {
    (0..guests).fold(Graph::new(), |graph, number| {
        graph.guest(&format!("hop{number}"), guest(number, guests))
    })
}

#[test]
fn over_32_guests_nothing_is_inlined() {
    let code = |guests: u32| {
        let folder = scratch();
        let cache = Some(CacheConfig::new(folder.path()));
        let runtime = Runtime::new(Config { cache, ..Config::default() }).unwrap();
        runtime.load_graph_blocking(&row(guests)).unwrap();
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let sizes = entries.map(|entry| entry.unwrap().metadata().unwrap().len());
        sizes.sum::<u64>()
    };
    let (inlined, not) = (code(32), code(33));
    assert!(not < inlined, "32 guests make {inlined} bytes of code, 33 make {not}");
}

#[test]
fn a_thousand_guests_are_one_component() {
    let folder = scratch();
    let linked = row(GUESTS).link(Default::default(), &Default::default()).unwrap();
    let bytes = compose(&linked).unwrap();
    assert!(compose(&linked).unwrap() == bytes);
    let path = folder.path().join("thousand.wasm");
    std::fs::write(&path, bytes).unwrap();
    let run =
        |flags: &[&str]| Ended::of(forebay().arg("run").args(flags).arg(&path).output().unwrap());
    run(&["--env", "A=b"]).prints("999\n");
    // A guest in a part within has its own grants as well.
    run(&["--grant", "hop999:--env=A=b", "--grant", "hop999:--env=B=c"]).prints("1001\n");
}

#[test]
fn too_many_imports_of_guests_own_are_refused() {
    let guest = |number: u32| {
        let next = number + 1;
        let text = format!(
            r#"(component
                (import "wasi:cli/environment@0.2.6" (instance (export "initial-cwd" (func (result (option string))))))
                (import "hop{next}" (func $hop (result u32)))
                (export "hop{number}" (func $hop)))"#
        );
        Program::recognise(&format!("hop{number}"), text.into_bytes()).unwrap()
    };
    let last = r#"(component
        (core module $m (func (export "hop") (result i32) i32.const 1)) (core instance $i (instantiate $m))
        (func (export "hop950") (result u32) (canon lift (core func $i "hop"))))"#;
    let graph = (0..950)
        .fold(Graph::new(), |graph, number| graph.guest(&format!("hop{number}"), guest(number)));
    let graph = graph.guest("last", Program::recognise("last", last.into()).unwrap());
    let linked = graph.link(Default::default(), &Default::default()).unwrap();
    let error = compose(&linked).unwrap_err().to_string();
    // The main guest's are not its own: they're the whole's.
    assert!(error.contains("949 interfaces under grants of their own; 900 fit"), "{error}");
}
