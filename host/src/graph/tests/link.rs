//! Which import is met by whose export, and what is wrong where none is.

use std::collections::BTreeMap;

use crate::graph::{Interposed, Item, LinkOverride, Surface, Wiring, link};
use crate::interfaces::Interface;

/// An interface with a function `f` of this type.
fn item(name: &str, ty: &str) -> Item {
    let functions = BTreeMap::from([("f".to_owned(), ty.to_owned())]);
    Item { name: name.to_owned(), functions, plain: false, bound: BTreeMap::new() }
}

/// A guest that imports and exports interfaces of one type.
fn guest(name: &str, imports: &[&str], exports: &[&str]) -> Surface {
    let items = |names: &[&str]| names.iter().map(|name| item(name, "func()")).collect();
    Surface {
        guest: name.to_owned(),
        program: format!("{name}.wasm"),
        imports: items(imports),
        exports: items(exports),
        ..Surface::default()
    }
}

fn linked(surfaces: &[Surface]) -> Wiring {
    link(surfaces, &[], &[]).unwrap()
}

fn refused(surfaces: &[Surface], overrides: &[LinkOverride]) -> String {
    link(surfaces, overrides, &[]).unwrap_err().to_string()
}

fn by(guest: Option<&str>, import: &str, provider: &str) -> LinkOverride {
    let guest = guest.map(str::to_owned);
    LinkOverride { guest, import: import.to_owned(), provider: provider.to_owned() }
}

/// Each edge as `importer import > provider export`.
fn edges(wiring: &Wiring) -> Vec<String> {
    let edge = |edge: &crate::graph::Edge| {
        format!("{} {} > {} {}", edge.importer, edge.import, edge.provider, edge.export)
    };
    wiring.edges.iter().map(edge).collect()
}

#[test]
fn an_import_is_met_by_the_same_name_at_a_compatible_version() {
    let main = guest("app", &["a:b/c@1.2.0"], &[]);
    let offers = |versions: &[&str]| {
        let names: Vec<String> = versions.iter().map(|v| format!("a:b/c@{v}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        edges(&linked(&[main.clone(), guest("mesh", &[], &names)]))
    };
    // An older minor version counts too: semver's line, as the component model has it.
    assert_eq!(offers(&["1.0.0"]), ["0 a:b/c@1.2.0 > 1 a:b/c@1.0.0"]);
    assert_eq!(offers(&["1.0.0", "1.10.0", "1.9.0"]), ["0 a:b/c@1.2.0 > 1 a:b/c@1.10.0"]);
    assert_eq!(offers(&["1.9.0", "1.2.0"]), ["0 a:b/c@1.2.0 > 1 a:b/c@1.2.0"]);

    for other in ["a:b/c@2.0.0", "a:b/c@1.2.0-rc-1", "a:b/c"] {
        let error = refused(&[main.clone(), guest("mesh", &[], &[other])], &[]);
        assert!(error.contains(&format!("not compatible: `mesh` exports `{other}`")), "{error}");
    }
}

#[test]
fn a_function_by_itself_is_no_interface() {
    let mut mesh = guest("mesh", &[], &["route"]);
    mesh.exports[0].plain = true;
    let error = refused(&[guest("app", &["route"], &[]), mesh], &[]);
    assert!(error.contains("`mesh` exports a function by that name"), "{error}");
}

#[test]
fn where_several_could_one_is_chosen() {
    let surfaces = [
        guest("app", &["a:b/c@1.0.0"], &[]),
        guest("one", &["a:b/c@1.0.0"], &["a:b/c@1.0.0"]),
        guest("two", &[], &["a:b/c@1.0.0"]),
    ];
    let error = refused(&surfaces, &[]);
    assert!(error.contains("for which exports come from `one` and `two`"), "{error}");
    assert!(error.contains("choose one: `App::guests: a:b/c@1.0.0`"), "{error}");

    let chain = [by(Some("app"), "a:b/c", "one"), by(Some("one"), "a:b/c@1.0.0", "two")];
    let wiring = link(&surfaces, &chain, &[]).unwrap();
    assert_eq!(edges(&wiring), ["0 a:b/c@1.0.0 > 1 a:b/c@1.0.0", "1 a:b/c@1.0.0 > 2 a:b/c@1.0.0"]);
    assert_eq!(wiring.order, [2, 1, 0]);

    let both = [by(None, "a:b/c", "one"), by(None, "a:b/c", "two")];
    assert!(refused(&surfaces, &both).contains("for which links name `one` and `two`"));
}

#[test]
fn a_choice_of_nobody_or_of_nothing_is_told() {
    let surfaces = [guest("app", &["a:b/c@1.0.0"], &[]), guest("mesh", &[], &["a:b/c@1.0.0"])];
    for (wrong, said) in [
        (by(None, "a:b/c", "mehs"), "the guest `mehs`, which isn't there; is it `mesh`?"),
        (by(Some("ap"), "a:b/c", "mesh"), "the guest `ap`, which isn't there; is it `app`?"),
        (by(None, "a:b/d", "mesh"), "`a:b/d`, which no guest imports; the nearest import is"),
        (by(Some("app"), "a:b/c", "app"), "a link has `app` meet its own import"),
    ] {
        let error = refused(&surfaces, &[wrong]);
        assert!(error.contains(said), "{error}");
    }

    let other = [surfaces[0].clone(), surfaces[1].clone(), guest("log", &[], &["a:b/d@1.0.0"])];
    let error = refused(&other, &[by(None, "a:b/c", "log")]);
    assert!(error.contains("`log` is to meet `a:b/c@1.0.0` of `app`, but doesn't export it"));
}

#[test]
fn the_host_meets_the_rest_and_authority_goes_by_the_guests_name() {
    let imports = ["wasi:filesystem/preopens@0.2.0", "wasi:io/streams@0.2.6"];
    let mesh = guest("mesh", &imports, &["a:b/c@1.0.0"]);
    let app = guest("app", &[&imports[..], &["a:b/c@1.0.0"]].concat(), &[]);
    let own = |surfaces: &[Surface]| -> Vec<(usize, Interface, Option<&str>)> {
        let host = linked(surfaces).host;
        host.iter().map(|met| (met.importer, met.interface, met.own)).collect()
    };
    let (preopens, streams) = (Interface::FilesystemPreopens02, Interface::IoStreams02);
    let both = [(0, preopens, None), (0, streams, None), (1, preopens, None), (1, streams, None)];

    let mut shared = both;
    shared[2].2 = Some("preopens");
    assert_eq!(own(&[app.clone(), mesh.clone()]), shared);
    // In a store of its own, a guest has the interface to itself.
    assert_eq!(own(&[app, Surface { isolated: true, ..mesh }]), both);
}

#[test]
fn what_only_the_main_guest_can_have_is_refused_to_others() {
    let types = "wasi:sockets/types@0.3.0";
    let app = guest("app", &[types, "a:b/c@1.0.0"], &[]);
    assert_eq!(linked(&[guest("app", &[types], &[])]).host.len(), 1);

    let error = refused(&[app.clone(), guest("mesh", &[types], &["a:b/c@1.0.0"])], &[]);
    assert!(error.contains("`mesh` imports `wasi:sockets/types@0.3.0`"), "{error}");
    let apart = Surface { isolated: true, ..guest("mesh", &[types], &["a:b/c@1.0.0"]) };
    assert_eq!(linked(&[app, apart]).host.len(), 2);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_unused_guests_only_by_themselves() {
    let surfaces = [
        guest("app", &["a:b/cc@1.0.0", "wasi:cli/exti@0.2.0"], &[]),
        guest("mesh", &[], &["a:b/c@1.0.0"]),
    ];
    let error = refused(&surfaces, &[]);
    assert!(error.contains("for 2 reasons"), "{error}");
    assert!(error.contains("the nearest is `a:b/c@1.0.0` of `mesh`"), "{error}");
    assert!(error.contains("the nearest is `wasi:cli/exit@"), "{error}");
    assert!(!error.contains("nothing is imported from"), "{error}");

    let error = refused(&[guest("app", &[], &[]), surfaces[1].clone()], &[]);
    assert!(error.contains("nothing is imported from `mesh`, which exports `a:b/c"), "{error}");
}

#[test]
fn functions_must_be_there_with_the_same_type() {
    let mut app = guest("app", &["a:b/c@1.0.0"], &[]);
    let mesh = guest("mesh", &[], &["a:b/c@1.0.0"]);
    app.imports[0] = item("a:b/c@1.0.0", "func() -> u8");
    let error = refused(&[app.clone(), mesh.clone()], &[]);
    assert!(error.contains("as `func() -> u8`, but `mesh` exports it as `func()`"), "{error}");

    app.imports[0].functions = BTreeMap::from([("ff".to_owned(), "func()".to_owned())]);
    let error = refused(&[app, mesh], &[]);
    assert!(error.contains("which `mesh` doesn't export; the nearest is `f`"), "{error}");
}

#[test]
fn guests_in_a_circle_are_named() {
    let surfaces = [
        guest("app", &["a:b/one@1.0.0"], &[]),
        guest("one", &["a:b/two@1.0.0"], &["a:b/one@1.0.0"]),
        guest("two", &["a:b/one@1.0.0"], &["a:b/two@1.0.0"]),
    ];
    let error = refused(&surfaces, &[]);
    assert!(error.contains("in a circle: `one` → `two` → `one`"), "{error}");
}

#[test]
fn a_wait_takes_an_async_export() {
    let mut app = guest("app", &["a:b/c@1.0.0"], &[]);
    app.imports[0] = item("a:b/c@1.0.0", "async func()");
    app.waits.insert(("a:b/c@1.0.0".to_owned(), "f".to_owned()));
    let mut mesh = guest("mesh", &[], &["a:b/c@1.0.0"]);
    mesh.exports[0] = item("a:b/c@1.0.0", "async func()");
    let error = refused(&[app.clone(), mesh.clone()], &[]);
    assert!(error.contains("exports no async function itself"), "{error}");

    app.exports.push(item("a:b/main@1.0.0", "async func()"));
    assert_eq!(linked(&[app, mesh]).edges.len(), 1);
}

#[test]
fn one_who_stands_between_is_passed_by_nobody_else() {
    let name = "a:b/c@1.0.0";
    let surfaces =
        [guest("app", &[name], &[]), guest("audit", &[name], &[name]), guest("mesh", &[], &[name])];
    let through = |names: &[&str], to: &str| Interposed {
        from: "app".to_owned(),
        to: to.to_owned(),
        through: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let wiring = link(&surfaces, &[], &[through(&["audit"], "mesh")]).unwrap();
    assert_eq!(edges(&wiring), ["0 a:b/c@1.0.0 > 1 a:b/c@1.0.0", "1 a:b/c@1.0.0 > 2 a:b/c@1.0.0"]);

    let refused = |edge| link(&surfaces, &[], &[edge]).unwrap_err().to_string();
    assert!(refused(through(&["audit"], "mehs")).contains("is it `mesh`?"));
    assert!(refused(through(&["audit", "audit"], "mesh")).contains("stands between guests twice"));
}

#[test]
fn an_isolated_guest_passes_values_only_and_isnt_the_main_one() {
    let mut app = guest("app", &["a:b/c@1.0.0"], &[]);
    let mesh = Surface { isolated: true, ..guest("mesh", &[], &["a:b/c@1.0.0"]) };
    app.imports[0].bound = BTreeMap::from([("f".to_owned(), "a:b/c.thing".to_owned())]);
    let error = refused(&[app.clone(), mesh], &[]);
    assert!(error.contains("`f` of `a:b/c@1.0.0` passes `a:b/c.thing`"), "{error}");

    let alone = Surface { isolated: true, ..guest("app", &[], &[]) };
    assert!(refused(&[alone], &[]).contains("is the main guest"));

    let calls = Surface { isolated: true, ..guest("mid", &["a:b/c@1.0.0"], &["a:b/d@1.0.0"]) };
    let app = guest("app", &["a:b/d@1.0.0"], &[]);
    let error = refused(&[app, calls, guest("mesh", &[], &["a:b/c@1.0.0"])], &[]);
    assert!(error.contains("isolate `mesh` too"), "{error}");
}
