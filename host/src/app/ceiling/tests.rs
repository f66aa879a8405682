//! What a ceiling lets through, and what it doesn't.

use std::fs;
use std::path::Path;

use super::Ceiling;
use crate::app::Manifest;

/// What a manifest of one guest `app`, with these lines, wants beyond a ceiling.
fn exceeded(folder: &Path, guest: &str, ceiling: &str) -> Vec<String> {
    let text = format!("main = \"app\"\n[guest.app]\nsource = \"app.wasm\"\n{guest}");
    let manifest = Manifest::parse("forebay.toml", &text, folder).unwrap();
    Ceiling::parse("max.toml", ceiling, folder).unwrap().exceeded(&manifest, folder)
}

#[track_caller]
fn check(guest: &str, ceiling: &str, expected: &[&str]) {
    let wants = exceeded(Path::new("/nowhere"), guest, ceiling);
    assert_eq!(wants.len(), expected.len(), "{wants:?}");
    for (want, part) in wants.iter().zip(expected) {
        assert!(want.contains(part), "{part}: {want}");
    }
}

#[test]
fn directories_lie_below_listed_ones_wherever_their_names_lead() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    ["data/deep", "data-2", "other"].iter().for_each(|dir| fs::create_dir_all(at(dir)).unwrap());
    std::os::unix::fs::symlink(at("other"), at("data/link")).unwrap();
    let check = |dirs: &str, ceiling: &str, expected: &[&str]| {
        let wants = exceeded(scratch.path(), &format!("dirs = [{dirs}]"), ceiling);
        assert_eq!(wants.len(), expected.len(), "{dirs} under {ceiling}: {wants:?}");
        for (want, part) in wants.iter().zip(expected) {
            assert!(want.contains(part), "{part}: {want}");
        }
    };
    let (all, only_read) = ("dirs = [\"data\"]", "dirs = [\"data::/x::ro\"]");
    check("\"data/deep::/d\", \"./data::/e::ro\"", all, &[]);
    check("\"data/deep::/d::ro\"", only_read, &[]);
    check("\"data/deep::/d\"", only_read, &["to change the directory"]);
    check("\"data-2::/d::ro\"", all, &["to read the directory"]);
    check("\"data/../other::/d\"", all, &["to read and change"]);
    check("\"data/link::/d\"", all, &["to read and change"]);
    check("\"data/none::/d\"", all, &["isn't there"]);
    check("\".::/d::ro\", \"/::/r\"", all, &["to read the directory", "to read and change"]);
    // The better of two that cover it counts.
    check("\"data::/d\"", "dirs = [\".::/x::ro\", \"data\"]", &[]);
    check("\"other::/d\"", "dirs = [\"data\"]\n[guest.app]\ndirs = [\"other\"]", &[]);
    check("\"other::/d\"", "[guest.else]\ndirs = [\"other\"]", &["to read and change"]);
}

#[test]
fn net_rules_are_covered_by_a_wider_one() {
    let check = |wanted: &str, allowed: &str, fits: bool| {
        let expected: &[&str] = if fits { &[] } else { &["the network `"] };
        check(&format!("net = [\"{wanted}\"]"), &format!("net = [\"{allowed}\"]"), expected);
    };
    check("tcp://a.example.com:443", "tcp://*.example.com:443", true);
    check("tcp://*.a.example.com:443", "tcp://*.example.com:400-500", true);
    check("tcp://*.example.com:443", "tcp://*.example.com:443", true);
    check("tcp://10.1.2.3:80", "tcp://10.0.0.0/8:*", true);
    check("listen+udp://10.1.2.3:80", "all", true);
    check("tcp://example.com:443", "tcp://*.example.com:443", false);
    check("tcp://*.com:443", "tcp://*.example.com:443", false);
    check("tcp://*.badexample.com:443", "tcp://*.example.com:443", false);
    check("tcp://*:443", "tcp://*.example.com:443", false);
    check("tcp://10.0.0.0/7:80", "tcp://10.0.0.0/8:80", false);
    check("tcp://10.1.2.3:80", "tcp://a.example.com:80", false);
    check("tcp://a.example.com:80-81", "tcp://a.example.com:80", false);
    check("udp://a.example.com:80", "tcp://a.example.com:80", false);
    check("listen+tcp://10.1.2.3:80", "tcp://10.1.2.3:80", false);
    // This machine, its link and metadata are reached by their own rules only.
    check("tcp://127.0.0.1:80", "all", false);
    check("tcp://169.254.169.254:80", "tcp://0.0.0.0/0:*", false);
    check("tcp://localhost:80", "tcp://*:80", false);
    check("tcp://127.0.0.1:80", "tcp://127.0.0.0/8:*", true);
    check("tcp://localhost:80", "tcp://localhost:80", true);
    check("tcp://[2001:db8::1]:80", "tcp://[2001:db8::]/32:*", true);
    check("tcp://[64:ff9b::127.0.0.1]:80", "all", false);
    check("tcp://[::1]:80", "tcp://[::1]:80", true);
    check("listen+tcp://127.0.0.1:80", "all", true);
}

#[test]
fn variables_streams_and_limits_are_compared() {
    check("env = { A = \"1\", B = \"2\" }", "env = [\"A\"]", &["variable `B`"]);
    check("env = { A = \"1\", B = \"2\" }", "env = [\"*\"]", &[]);
    let wide = "limits = { memory = \"2MiB\", call-timeout = \"1s\" }";
    check(wide, "limits = { memory = \"2MiB\", call-timeout = \"1s\" }", &[]);
    check(wide, "limits = { memory = \"1MiB\" }", &["`limits.memory` of 2097152"]);
    check(wide, "limits = { handles = 7 }", &["no `limits.handles`, where 7"]);
    let host = "limits = { host-memory = \"1GiB\" }";
    check(host, "limits = { host-memory = \"1MiB\" }", &["`limits.host-memory` of 1073741824"]);
    check(host, host, &[]);
    check(wide, "limits = { memory = \"1MiB\" }\n[guest.app]\nlimits = { memory = \"4MiB\" }", &[]);
    let second = "stdout = \"inherit\"\n[guest.b]\nsource = \"b.wasm\"\nstderr = \"inherit\"";
    check(second, "", &["guest `b` wants standard error"]);
    check(second, "[guest.b]\nstderr = \"inherit\"", &[]);
}

#[test]
fn programs_come_from_the_manifests_folder() {
    let scratch = tempfile::tempdir().unwrap();
    let mounts = "mounts = { \"/svc/x\" = \"component:/etc/passwd\" }\nwit = \"../..\"\n";
    let wants = exceeded(scratch.path(), mounts, "");
    assert_eq!(wants.len(), 2, "{wants:?}");
    assert!(wants.iter().all(|want| want.contains("as a program")), "{wants:?}");
    assert!(exceeded(scratch.path(), mounts, "programs = [\"/\"]").is_empty());
}

#[test]
fn what_is_mounted_is_held_to_the_directories() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["below", "above"] {
        std::fs::create_dir(scratch.path().join(name)).unwrap();
    }
    let mounts = "mounts = { \"/x\" = \"overlay:below?upper=above\", \"/y\" = \"below::ro\" }\n";
    let wants = exceeded(scratch.path(), mounts, "programs = [\"/\"]");
    let reads = wants.iter().filter(|want| want.contains("to read the directory")).count();
    let changes = wants.iter().filter(|want| want.contains("to read and change")).count();
    assert_eq!((reads, changes, wants.len()), (2, 1, 3), "{wants:?}");
    let below = exceeded(scratch.path(), mounts, "dirs = [\"below::/::ro\"]");
    assert_eq!(below.len(), 1, "{below:?}");
    assert!(exceeded(scratch.path(), mounts, "dirs = [\".::/\"]").is_empty());
}

#[test]
fn what_cant_be_read_as_a_ceiling_is_said() {
    for (text, part) in [
        ("dirs = [\"::\"]", "is not a directory grant"),
        ("net = [\"nowhere\"]", "is not a network rule"),
        ("evn = []", "unknown field `evn`"),
        ("guest = 1", "`guest` holds tables"),
        ("[guest.a]\nlimits = { memory = \"much\" }", "`guest.a`"),
        ("[guest.a]\nsource = \"x\"", "unknown field `source`"),
        ("dirs = \"a\"", "invalid type"),
    ] {
        let error = Ceiling::parse("max.toml", text, Path::new("")).unwrap_err();
        let causes = error.causes().join("\n");
        assert!(causes.contains(part), "{text}: {causes}");
    }
}

#[test]
fn a_route_shows_files_of_directories_that_may_be_read() {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir_all(scratch.path().join("public/deep")).unwrap();
    let route = "[route.\"/x/*\"]\nfiles = \"public/deep\"";
    assert!(exceeded(scratch.path(), route, "dirs = [\"public::/p::ro\"]").is_empty());
    for ceiling in ["", "[guest.app]\ndirs = [\"public\"]"] {
        let wants = exceeded(scratch.path(), route, ceiling);
        assert!(wants[0].starts_with("route `/x/*` wants to read the directory"), "{wants:?}");
    }
}

#[test]
fn an_event_waits_at_places_that_may_be_used() {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir_all(scratch.path().join("in")).unwrap();
    let event = |what: &str| format!("[event.a]\nguest = \"app\"\n{what}");
    for what in ["watch = \"in\"", "lines = \"unix:in/queue\""] {
        let wants = |ceiling: &str| exceeded(scratch.path(), &event(what), ceiling);
        assert!(wants("dirs = [\"in\"]").is_empty(), "{what}");
        assert!(wants("")[0].starts_with("event `a` wants to read"), "{what}: {:?}", wants(""));
    }
    assert!(
        exceeded(scratch.path(), &event("lines = \"unix:in/q\""), "dirs = [\"in::/x::ro\"]")[0]
            .contains("to change")
    );
    assert!(exceeded(scratch.path(), &event("every = \"1s\""), "").is_empty());
}
