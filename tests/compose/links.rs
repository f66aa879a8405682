//! Which import is met by whose export, and every reason why one isn't.

use crate::graph;

#[test]
fn imports_are_met_by_name_and_compatible_version() {
    graph(&["run", "--with", "mesh.wat", "app.wat", "5"]).prints("16\n");
    graph(&["call", "--with", "mesh.wat", "app.wat", "main", "7"]).prints("22\n");
}

#[test]
fn the_other_guests_may_follow_a_program_that_cant_run_without_them() {
    graph(&["run", "app.wat", "--with", "mesh.wat", "5"]).prints("16\n");
    graph(&["run", "app.wat", "--with=acme:mesh/route=mesh.wat", "--grant", "mesh:--isolate", "5"])
        .prints("16\n");
    graph(&["run", "app.wat", "--with", "newer.wat", "5"]).fails(125, &["which is not compatible"]);
    graph(&["run", "app.wat", "5"])
        .fails(125, &["which nobody provides", "linked in by `--with FILE`"]);
    // What a program that can run is given is its own.
    graph(&["run", "mesh.wat", "--with", "app.wat"]).fails(2, &["has no parameter `with`"]);
}

#[test]
fn imports_are_met_transitively_and_by_plain_names() {
    graph(&["run", "--with", "double.wat", "--with", "mesh.wat", "plain.wat", "5"]).prints("31\n");
}

#[test]
fn what_nobody_exports_is_named() {
    graph(&["run", "--with", "mesh.wat", "plain.wat", "5"]).fails(
        125,
        &[
            "`plain` imports `double`, which nobody provides",
            "add the guest that exports it: `--with FILE`",
        ],
    );
}

#[test]
fn another_version_does_not_do() {
    graph(&["run", "--with", "newer.wat", "app.wat", "5"])
        .fails(125, &["`acme:mesh/route@0.1.0`, which is not compatible: `newer` exports `acme:mesh/route@0.2.0`"]);
}

#[test]
fn another_type_does_not_do() {
    let said = "imports `scale` of `acme:mesh/route@0.1.0` as `func(x: u32) -> u32`, but `mistyped` exports it as `func(x: u64) -> u32`";
    graph(&["run", "--with", "mistyped.wat", "app.wat", "5"]).fails(125, &[said]);
}

#[test]
fn a_circle_is_shown() {
    graph(&["run", "--with", "circle.wat", "plain.wat", "5"])
        .fails(125, &["`plain` → `circle` → `plain`"]);
}

#[test]
fn of_two_providers_one_must_be_chosen_and_then_the_other_is_too_many() {
    let ended = graph(&["run", "--with", "mesh.wat", "--with", "mistyped.wat", "app.wat", "5"]);
    ended.fails(
        125,
        &[
            "exports come from `mesh` and `mistyped`",
            "choose one: `--with acme:mesh/route@0.1.0=FILE`",
        ],
    );
    let ended = graph(&[
        "run",
        "--with",
        "acme:mesh/route=mesh.wat",
        "--with",
        "mistyped.wat",
        "app.wat",
        "5",
    ]);
    ended.fails(125, &["nothing is imported from `mistyped`"]);
    graph(&["run", "--with", "acme:mesh/route=mesh.wat", "app.wat", "5"]).prints("16\n");
}

#[test]
fn a_choice_about_nothing_is_refused_with_the_nearest() {
    let ended = graph(&["check", "--with", "acme:mesh/rout=mesh.wat", "app.wat"]);
    ended.fails(125, &["`acme:mesh/rout`, which no guest imports; the nearest import is `acme:mesh/route@0.1.0`"]);
}

#[test]
fn all_problems_are_told_at_once() {
    let ended = graph(&[
        "check",
        "--with",
        "circle.wat",
        "--with",
        "double.wat",
        "--with",
        "newer.wat",
        "plain.wat",
    ]);
    ended.fails(
        125,
        &[
            "`plain` imports `double`, for which exports come from `circle` and `double`",
            "is not compatible",
        ],
    );
}

#[test]
fn a_guest_that_exports_nothing_is_refused() {
    let ended = graph(&["check", "--with", "mesh.wat", "--with", "nothing.wat", "app.wat"]);
    ended.fails(125, &["nothing is imported from `nothing`: it exports nothing"]);
}
