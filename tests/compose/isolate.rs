//! Guests in stores of their own, and what each guest may use up. `hostile.wat` goes over every
//! budget there is.

use crate::graph;
use crate::manifest::with;
use crate::run::Ended;

const HOSTILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/graph/hostile.wat");

/// Calls a function of `victim.wat`, which calls the one of that name of `hostile.wat`, which is
/// limited so.
fn hostile(limits: &[&str], call: &[&str]) -> Ended {
    let grants: Vec<String> =
        limits.iter().map(|limit| format!("--grant=hostile:{limit}")).collect();
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    graph(&[&["call", "--with", "hostile.wat"], grants.as_slice(), &["victim.wat"], call].concat())
}

/// A failure of the guest, so limited, is told, and the next call finds it as new.
fn survives(limits: &[&str]) {
    let ended = hostile(limits, &["survive"]);
    assert!(ended.stderr.contains("warning: the guest `hostile` trapped"), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "1\n"));
}

#[test]
fn an_isolated_guest_is_called_as_any_other() {
    graph(&["run", "--with", "mesh.wat", "--grant=mesh:--isolate", "app.wat", "5"]).prints("16\n");
    // A function by itself, of a guest that calls another isolated one.
    let plain = ["run", "--with", "double.wat", "--with", "mesh.wat", "--grant=double:--isolate"];
    graph(&[plain.as_slice(), &["--grant=mesh:--isolate", "plain.wat", "5"]].concat())
        .prints("31\n");
}

#[test]
fn a_call_that_takes_too_long_is_told_where_it_can_be() {
    hostile(&["--call-timeout=20ms"], &["spin-told"])
        .fails(1, &["the guest `hostile` went over its call-timeout of 20ms, in `acme:hostile/acts@0.1.0#spin-told`"]);
    hostile(&["--call-timeout=20ms"], &["spin"]).fails(
        134,
        &["`victim.wat` trapped: the guest `hostile` went over its call-timeout of 20ms, in `acme:hostile"],
    );
    survives(&["--call-timeout=10s"]);
}

#[test]
fn a_call_that_uses_too_much_fuel_is_ended() {
    hostile(&["--call-fuel=10000"], &["spin-told"])
        .fails(1, &["`hostile` went over its fuel budget of 10000, in"]);
    survives(&["--call-fuel=10000"]);
}

#[test]
fn a_trap_is_told_where_it_can_be_and_names_guest_and_function() {
    hostile(&["--isolate"], &["trap-told"]).fails(
        1,
        &[
            "the guest `hostile` trapped: wasm `unreachable` instruction executed",
            "in `acme:hostile/acts@0.1.0#trap-told`",
        ],
    );
    hostile(&["--isolate"], &["trap"])
        .fails(134, &["`victim.wat` trapped: the guest `hostile` trapped", "acts@0.1.0#trap`"]);
    // In the same store it takes the caller with it. The frames name guests.
    hostile(&[], &["trap-told"]).fails(134, &["unreachable", "0: hostile/m!"]);
}

#[test]
fn a_guest_that_failed_is_started_again_so_often() {
    survives(&["--isolate"]);
    survives(&["--restarts=1"]);
    hostile(&["--restarts=0"], &["survive"])
        .fails(134, &["`hostile` failed 1 times, and isn't started again (`restarts` is 0)"]);
}

#[test]
fn what_the_host_holds_for_a_neighbour_is_limited_alone_and_by_name() {
    let hoards = r#"(import "h" "fields" (func $fields (result i32)))
      (func (export "trap-bare") (result i32) (loop $more (drop (call $fields)) (br $more)) unreachable)
      (memory (export "memory") 1)"#;
    let imports = r#"(component
      (import "wasi:http/types@0.2.12" (instance $http (export "fields" (type $fields (sub resource)))
        (export "[constructor]fields" (func (result (own $fields))))))
      (core func $fields (canon lower (func $http "[constructor]fields")))"#;
    let own = std::fs::read_to_string(HOSTILE).unwrap();
    let hoarder = own
        .replace("(func (export \"trap-bare\") (result i32) unreachable)", "")
        .replace("(memory (export \"memory\") 1)", hoards)
        .replace("(component\n", imports)
        .replace(
            "(instantiate $m)",
            r#"(instantiate $m (with "h" (instance (export "fields" (func $fields)))))"#,
        );
    let folder = crate::scratch();
    let hostile = folder.path().join("hostile.wat");
    std::fs::write(&hostile, hoarder).unwrap();
    let limits = ["--grant=hostile:--isolate", "--grant=hostile:--max-host-memory=1MiB"];
    let with = ["call", "--with", hostile.to_str().unwrap()];
    let ended = graph(&[&with, &limits[..], &["victim.wat", "survive"]].concat());
    let told = "the guest `hostile` went over its host memory budget of 1048576 bytes";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "1\n"), "{}", ended.stderr);
}

#[test]
fn memory_is_limited_in_the_shared_store_and_in_its_own() {
    for store in [&["--max-memory=128KiB"][..], &["--max-memory=128KiB", "--isolate"]] {
        hostile(store, &["grow", "1"]).prints("1\n");
        hostile(store, &["grow", "2"]).prints("-1\n");
    }
    // A limit above what the memory could ever be is none, and none is left from an earlier run.
    hostile(&["--max-memory=8GiB"], &["grow", "2"]).prints("1\n");
    hostile(&["--isolate"], &["grow", "2"]).prints("1\n");
    hostile(&["--max-memory=1KiB"], &["grow", "0"]).fails(
        126,
        &[
            "`hostile` needs more memory to start than its budget has",
            "it starts with 65536 bytes, the budget is 1024",
        ],
    );
    hostile(&["--max-memory=1KiB", "--isolate"], &["grow", "0"])
        .fails(134, &["`hostile` needs more memory to start than its budget of 1024 bytes"]);
    // A guest by itself in a manifest is limited, too.
    let alone = MANIFEST.replace("main = \"victim\"", "main = \"hostile\"").replace(VICTIM, "");
    let alone = format!("{alone}limits = {{ memory = \"128KiB\" }}");
    with(&alone, "call", &["grow", "2"]).prints("-1\n");
    // The main guest's memory is its own matter.
    hostile(&["--max-memory=64KiB"], &["survive"]).fails(134, &["unreachable"]);
}

#[test]
fn a_guest_cant_have_its_memory_twice() {
    let component = |twice: &str| {
        format!(
            r#"(component $top
              (core module $m (memory (export "memory") 1) (func (export "scale") (param i32) (result i32) local.get 0))
              (core instance $i (instantiate $m))
              {twice}
              (func $scale (param "x" u32) (result u32) (canon lift (core func $i "scale")))
              (instance $route (export "scale" (func $scale)))
              (export "acme:mesh/route@0.1.0" (instance $route)))"#
        )
    };
    let folder = crate::scratch();
    for (twice, fits) in [
        ("", true),
        ("(core instance (instantiate $m))", false),
        ("(alias outer $top $m (core module $same)) (core instance (instantiate $same))", false),
        (
            "(component $c (import \"m\" (core module $n (export \"memory\" (memory 1)))) (core instance (instantiate $n)))
             (instance (instantiate $c (with \"m\" (core module $m))))",
            false,
        ),
    ] {
        let mesh = folder.path().join("mesh.wat");
        std::fs::write(&mesh, component(twice)).unwrap();
        let ended = graph(&["run", "--with", mesh.to_str().unwrap(), "--grant=mesh:--max-memory=1MiB", "app.wat", "5"]);
        if fits {
            ended.prints("6\n");
        } else {
            ended.fails(125, &["`mesh` can't be limited", "may be instantiated more than once", "`isolate = true`"]);
        }
    }
}

#[test]
fn tables_are_limited_in_the_shared_store_and_in_its_own() {
    for store in [&["--max-table-elements=10"][..], &["--max-table-elements=10", "--isolate"]] {
        hostile(store, &["grow-table", "9"]).prints("1\n");
        hostile(store, &["grow-table", "10"]).prints("-1\n");
    }
}

#[test]
fn what_isolation_cant_do_is_refused_before_anything_runs() {
    let app = ["run", "--with", "mesh.wat", "--grant=app:--isolate", "app.wat", "5"];
    graph(&app).fails(125, &["`app` is the main guest, whose store is the graph's own"]);
    let compose = ["compose", "isolated.toml", "-o", "/dev/null"];
    graph(&compose)
        .fails(2, &["`mesh` has a store of its own", "a component is instantiated in one store"]);
}

#[test]
fn the_main_guests_host_memory_is_the_runs() {
    let limited = "limits = { host-memory = \"1MiB\" }\n";
    let main = MANIFEST.replace("victim.wat\"\n", &format!("victim.wat\"\n{limited}"));
    for command in ["call", "check"] {
        with(&main, command, &["grow", "0"][..usize::from(command == "call") * 2]).fails(
            2,
            &["`victim` has `host-memory`, and is the main guest", "--max-host-memory SIZE"],
        );
    }
    let flag = ["run", "--with", "mesh.wat", "--grant=app:--max-host-memory=1MiB", "app.wat", "5"];
    graph(&flag).fails(2, &["`app` has `host-memory`, and is the main guest"]);

    // Another guest may have a part of it, in either kind of store.
    for own in [limited, "limits = { host-memory = \"1MiB\" }\nisolate = true\n"] {
        with(&format!("{MANIFEST}{own}"), "call", &["grow", "0"]).prints("1\n");
    }
}

const VICTIM: &str = r#"[guest.victim]
    source = "DIR/victim.wat""#;

const MANIFEST: &str = r#"
    main = "victim"
    [guest.victim]
    source = "DIR/victim.wat"
    [guest.hostile]
    source = "DIR/hostile.wat"
"#;

#[test]
fn a_manifest_says_the_same() {
    let limited = |limits: &str| format!("{MANIFEST}{limits}");
    with(&limited("limits = { memory = \"128KiB\", table-elements = 5 }"), "call", &["grow", "2"])
        .prints("-1\n");
    with(&limited("limits = { call-timeout = \"20ms\" }"), "call", &["spin-told"])
        .fails(1, &["call-timeout of 20ms"]);
    with(&limited("limits = { call-fuel = 10000 }"), "call", &["spin-told"])
        .fails(1, &["fuel budget of 10000"]);
    with(&limited("isolate = true\nrestarts = 0"), "call", &["survive"])
        .fails(134, &["isn't started again"]);
    with(&limited("limits = { call-timeout = \"20\", memory = \"much\" }"), "check", &[]).fails(
        2,
        &[
            "guest `hostile`, `limits.call-timeout`: `20` is not a duration",
            "`limits.memory`: `much` is not a size",
        ],
    );
    with(&limited("isolate = false\nlimits = { handles = 5 }"), "check", &[]).fails(
        2,
        &["`hostile` has `limits.handles`, but isn't isolated", "takes a store of its own"],
    );
}

#[test]
fn explain_says_who_lives_apart_and_under_what_limits() {
    let limited = format!("{MANIFEST}limits = {{ call-timeout = \"20ms\", memory = \"1MiB\" }}");
    let text = with(&limited, "explain", &[]).stdout;
    for part in [
        "a call goes to another store, and costs microseconds",
        "has a store of its own",
        "may use up 1048576 bytes of memory, 20ms a call",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn explain_draws_the_same() {
    let limited = format!(
        "{MANIFEST}limits = {{ call-timeout = \"20ms\" }}\nenv = {{ \"A<B\" = \"secret\" }}"
    );
    let svg = with(&limited, "explain", &["--svg"]).stdout;
    for part in [
        "<svg xmlns",
        ">victim<",
        ">hostile<",
        ">a store of its own<",
        ">20ms a call<",
        "--env=A&lt;B",
    ] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    assert!(!svg.contains("secret"));
    // Two boxes, beside each other, and a curve between them.
    assert_eq!((svg.matches("<rect").count(), svg.matches("marker-end").count()), (2, 1));
}

/// Calls an async function of an isolated guest, which is limited so.
fn waits(app: &str, limits: &[&str], x: &str) -> Ended {
    let grants: Vec<String> = limits.iter().map(|limit| format!("--grant=busy:{limit}")).collect();
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    graph(&[&["run", "--with", "busy.wat"], grants.as_slice(), &[app, x]].concat())
}

#[test]
fn an_isolated_guest_can_have_async_functions() {
    for limits in [&[][..], &["--isolate"], &["--isolate", "--call-timeout=10s"]] {
        waits("waits.wat", limits, "5").prints("6\n");
        // Two at once.
        waits("twice.wat", limits, "5").prints("22\n");
    }
}

#[test]
fn a_call_of_an_async_function_is_given_up_in_time() {
    for app in ["waits.wat", "twice.wat"] {
        waits(app, &["--call-timeout=50ms"], "0").fails(
            134,
            &["the guest `busy` went over its call-timeout of 50ms", "slow@0.1.0#scale"],
        );
    }
    let run = ["run", "--timeout", "200ms", "--with", "busy.wat", "--grant=busy:--isolate"];
    graph(&[run.as_slice(), &["waits.wat", "0"]].concat()).fails(124, &["time limit of 200ms"]);
}
