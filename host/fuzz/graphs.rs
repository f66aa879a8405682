//! Graphs made of bytes: random surfaces against random providers. Used by the fuzz target `link`,
//! and by `tests/compose/random.rs`, which gives it bytes of its own making.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use forebay::config::{Adapter, Legacy};
use forebay::error::Class;
use forebay::graph::{Graph, Interposed, Item, LinkOverride, Linked, Surface, compose, link};
use forebay::load::{Form, Program};

/// What guests are called: some names begin with others, some end in what the host calls its
/// interfaces.
const GUESTS: [&str; 6] = ["a", "a-b", "b", "a-environment", "open", "c2"];

/// Interfaces and functions by themselves. The first ones are the host's too.
const NAMES: [&str; 11] = [
    "wasi:random/random@0.2.3",
    "wasi:random/random@0.2.12",
    "wasi:cli/environment@0.2.6",
    "acme:a/x@0.1.0",
    "acme:a/x@0.1.4",
    "acme:a/x@0.2.0",
    "acme:a/y",
    "acme:b/x@1.0.0-rc.1",
    "acme:b/x@1.3.0",
    "plain",
    "two-words",
];

/// The functions of the host's interfaces above: name, type, and core type where it's imported and
/// exported.
const OF_HOST: [(&str, &str, &str); 2] = [
    ("get-random-u64", "(result u64)", "(result i64)"),
    ("initial-cwd", "(result (option string))", "(result i32)"),
];

/// Types of functions, and the core types of their bodies.
const TYPES: [(&str, &str); 7] = [
    ("(param \"x\" u32) (result u32)", "(param i32) (result i32)"),
    ("(param \"x\" string) (result u32)", "(param i32 i32) (result i32)"),
    ("(result string)", "(result i32)"),
    ("(param \"x\" (list u8))", "(param i32 i32)"),
    ("async (param \"x\" u32) (result u32)", "(param i32) (result i32)"),
    ("(param \"s\" (stream u8)) (result (future string))", "(param i32) (result i32)"),
    (
        "(param \"x\" (tuple u32 (option string))) (result (result u64 (error string)))",
        "(param i32 i32 i32 i32) (result i32)",
    ),
];

/// Bytes, one after the other, and then noughts.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A guest's function: its name, type and core type.
type Function = (String, &'static str, &'static str);

fn functions(bytes: &mut Bytes<'_>, name: &str) -> Vec<Function> {
    let own =
        |(name, ty, core): (&str, &'static str, &'static str)| vec![(name.to_owned(), ty, core)];
    if name.starts_with("wasi:random/") {
        return own(OF_HOST[0]);
    }
    if name.starts_with("wasi:cli/") {
        return own(OF_HOST[1]);
    }
    let plain = !name.contains(':');
    let count = if plain { 1 } else { bytes.below(3) };
    let function = |index: usize| {
        let (ty, core) = bytes.one(&TYPES);
        (if plain { name.to_owned() } else { format!("f{index}") }, ty, core)
    };
    (0..count).map(function).collect()
}

/// What is imported or exported, by name.
type Wanted = BTreeMap<&'static str, Vec<Function>>;

fn items(bytes: &mut Bytes<'_>, most: usize) -> Wanted {
    let names: BTreeSet<&str> = (0..bytes.below(most)).map(|_| bytes.one(&NAMES)).collect();
    names.into_iter().map(|name| (name, functions(bytes, name))).collect()
}

/// A component with some imports and exports, as text. It exports much of what earlier ones want,
/// the last one all of it, and wants what it imports. Some of that it calls, in the way that waits.
fn component(bytes: &mut Bytes<'_>, wanted: &mut Wanted, last: bool) -> String {
    let mut exports = Wanted::new();
    for (name, functions) in std::mem::take(wanted) {
        let is_met =
            (last && bytes.below(8) > 0 || bytes.below(2) == 0) && !name.starts_with("wasi:");
        let side = if is_met { &mut exports } else { &mut *wanted };
        side.insert(name, functions);
    }
    exports.extend(items(bytes, 2));

    let mut text = String::from("(component\n");
    let mut calls = String::new();
    let imports = if last { Wanted::new() } else { items(bytes, 4) };
    for (index, (name, functions)) in imports.iter().enumerate() {
        let plain = !name.contains(':');
        match functions.as_slice() {
            [(_, ty, _)] if plain => writeln!(text, "(import \"{name}\" (func $i{index} {ty}))"),
            _ => {
                let functions = functions
                    .iter()
                    .map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))"));
                writeln!(
                    text,
                    "(import \"{name}\" (instance $i{index} {}))",
                    functions.collect::<String>()
                )
            }
        }
        .expect("text");
        for (function, ..) in functions.iter().filter(|_| bytes.below(2) == 0) {
            let which = if plain { String::new() } else { format!("\"{function}\"") };
            writeln!(
                calls,
                "(core func (canon lower (func $i{index} {which}) (memory $mem) (realloc (func $m \"realloc\"))))"
            )
            .expect("text");
        }
    }
    let mut bodies: BTreeSet<&str> =
        exports.iter().flat_map(|(_, functions)| functions.iter().map(|own| own.2)).collect();
    bodies.insert("(param i32)");
    let body = |core: &str| format!("(func (export \"{core}\") {core} unreachable)");
    writeln!(
        text,
        "(core module $code (memory (export \"memory\") 1)
           (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) unreachable) {})
         (core instance $m (instantiate $code)) (alias core export $m \"memory\" (core memory $mem))",
        bodies.iter().map(|core| body(core)).collect::<String>()
    )
    .expect("text");
    text += &calls;
    for (index, (name, functions)) in exports.iter().enumerate() {
        for (place, (_, ty, core)) in functions.iter().enumerate() {
            writeln!(
                text,
                "(func $e{index}-{place} {ty} (canon lift (core func $m \"{core}\") (memory $mem) (realloc (func $m \"realloc\"))))"
            )
            .expect("text");
        }
        if name.contains(':') {
            let functions = functions.iter().enumerate();
            let functions = functions
                .map(|(place, (name, ..))| format!("(export \"{name}\" (func $e{index}-{place}))"));
            writeln!(
                text,
                "(instance $x{index} {}) (export \"{name}\" (instance $x{index}))",
                functions.collect::<String>()
            )
        } else {
            writeln!(text, "(export \"{name}\" (func $e{index}-0))")
        }
        .expect("text");
    }
    wanted.extend(imports);
    text + ")"
}

fn choice(bytes: &mut Bytes<'_>) -> LinkOverride {
    let guest = (bytes.below(2) == 0).then(|| bytes.one(&GUESTS).to_owned());
    let name = bytes.one(&NAMES);
    let import =
        if bytes.below(2) == 0 { name.split('@').next().unwrap_or(name) } else { name }.to_owned();
    LinkOverride { guest, import, provider: bytes.one(&GUESTS).to_owned() }
}

fn interposed(bytes: &mut Bytes<'_>) -> Interposed {
    let (from, to) = (bytes.one(&GUESTS).to_owned(), bytes.one(&GUESTS).to_owned());
    Interposed {
        from,
        to,
        through: (0..bytes.below(3)).map(|_| bytes.one(&GUESTS).to_owned()).collect(),
    }
}

/// A graph of such components.
pub fn graph(bytes: &mut Bytes<'_>) -> Graph {
    let (mut graph, mut wanted) = (Graph::new(), Wanted::new());
    let names = &GUESTS[..1 + bytes.below(GUESTS.len())];
    for (index, name) in names.iter().enumerate() {
        let text = component(bytes, &mut wanted, index + 1 == names.len());
        let program = Program::recognise(name, text.clone().into_bytes())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(program.form, Form::Component);
        graph = graph.guest(name, program);
    }
    (0..bytes.below(4).saturating_sub(2)).fold(graph, |graph, _| graph.choose(choice(bytes)))
}

/// Links and composes a graph: what is accepted gives a valid component, the same each time; what
/// isn't is refused with reasons.
pub fn check(graph: &Graph) -> Option<Linked> {
    match graph.link(Adapter::default(), &Legacy::default()) {
        Ok(linked) => {
            // It's validated on the way.
            let composed = compose(&linked)
                .unwrap_or_else(|error| panic!("accepted, but not composed: {error}"));
            assert!(
                compose(&linked).is_ok_and(|again| again == composed),
                "the same graph gives the same component"
            );
            Some(linked)
        }
        Err(error) => {
            assert!(matches!(error.class(), Class::Import | Class::Usage), "{error}");
            None
        }
    }
}

/// Links surfaces that no component has, with names that nobody gives: every import is met, or
/// there is an error.
pub fn check_surfaces(bytes: &mut Bytes<'_>) {
    const ODD: [&str; 9] = [
        "",
        "@",
        "a@b@c",
        "@1.0.0",
        "acme:a/x@",
        "acme:a/x@0.1",
        "ü:ü/ü@0.1.0",
        "wasi:cli/exit@9",
        "…",
    ];
    let name = |bytes: &mut Bytes<'_>| {
        if bytes.below(3) == 0 { bytes.one(&ODD) } else { bytes.one(&NAMES) }.to_owned()
    };
    let item = |bytes: &mut Bytes<'_>| {
        let mut item = Item {
            name: name(bytes),
            functions: Default::default(),
            plain: bytes.below(3) == 0,
            bound: Default::default(),
        };
        for _ in 0..bytes.below(3) {
            item.functions.insert(name(bytes), bytes.one(&TYPES).0.to_owned());
        }
        item
    };
    let surface = |bytes: &mut Bytes<'_>| {
        let guest = if bytes.below(8) == 0 { name(bytes) } else { bytes.one(&GUESTS).to_owned() };
        let imports = (0..bytes.below(4)).map(|_| item(bytes)).collect();
        let exports = (0..bytes.below(4)).map(|_| item(bytes)).collect();
        let waits = (0..bytes.below(3)).map(|_| (name(bytes), name(bytes))).collect();
        let (isolated, command) = (bytes.below(4) == 0, bytes.below(8) == 0);
        Surface { guest, program: "x.wasm".to_owned(), imports, exports, waits, isolated, command }
    };
    let surfaces: Vec<Surface> = (0..bytes.below(7)).map(|_| surface(bytes)).collect();
    let choices: Vec<LinkOverride> = (0..bytes.below(3)).map(|_| choice(bytes)).collect();
    let edges: Vec<Interposed> = (0..bytes.below(3)).map(|_| interposed(bytes)).collect();
    match link(&surfaces, &choices, &edges) {
        Ok(wiring) => {
            let imports: usize = surfaces.iter().map(|surface| surface.imports.len()).sum();
            assert_eq!(wiring.edges.len() + wiring.host.len(), imports);
            let place = |guest| {
                wiring.order.iter().position(|own| *own == guest).expect("all guests have a place")
            };
            assert!(wiring.edges.iter().all(|edge| place(edge.provider) < place(edge.importer)));
        }
        Err(error) => assert_eq!(error.class(), Class::Import, "{error}"),
    }
}
