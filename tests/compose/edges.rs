//! Guests that stand between others.

use crate::manifest::with;

const GRAPH: &str = r#"
    main = "app"
    [guest.app]
    source = "DIR/app.wat"
    [guest.mesh]
    source = "DIR/mesh.wat"
    [guest.hundred]
    source = "DIR/hundred.wat"
    [guest.again]
    source = "DIR/hundred.wat"
"#;

#[test]
fn calls_pass_through_them_in_order() {
    let one = GRAPH.replace("[guest.again]\n    source = \"DIR/hundred.wat\"", "");
    with(&format!("{one}[edge.\"app->mesh\"]\nthrough = [\"hundred\"]"), "run", &["5"])
        .prints("316\n");
    with(
        &format!("{GRAPH}[edge.\"app -> mesh\"]\nthrough = [\"hundred\", \"again\"]"),
        "run",
        &["5"],
    )
    .prints("616\n");
}

#[test]
fn an_edge_comes_before_a_link() {
    let one = GRAPH.replace("[guest.again]\n    source = \"DIR/hundred.wat\"", "");
    let edge =
        "[link]\n\"acme:mesh/route\" = \"mesh\"\n[edge.\"app->mesh\"]\nthrough = [\"hundred\"]";
    with(&format!("{one}{edge}"), "run", &["5"]).prints("316\n");
}

#[test]
fn isolated_ones_can_stand_there_too() {
    let edge = "[edge.\"app->mesh\"]\nthrough = [\"hundred\", \"again\"]";
    let isolated = GRAPH.replace("DIR/mesh.wat\"", "DIR/mesh.wat\"\nisolate = true");
    with(&format!("{isolated}{edge}"), "run", &["5"]).prints("616\n");
    let middle = isolated.replace("[guest.again]", "[guest.again]\nisolate = true");
    with(&format!("{middle}{edge}"), "run", &["5"]).prints("616\n");
    let alone = GRAPH.replace("[guest.again]", "[guest.again]\nisolate = true");
    with(&format!("{alone}{edge}"), "run", &["5"]).fails(
        125,
        &["`again` is isolated, and imports `acme:mesh/route@0.1.0` of `mesh`, which isn't"],
    );
}

#[test]
fn what_cant_be_is_refused_with_the_reason() {
    let refused = |edges: &str, said: &str| {
        with(&format!("{GRAPH}{edges}"), "check", &[]).fails(125, &[said])
    };
    refused(
        "[edge.\"app->mess\"]\nthrough = [\"hundred\"]",
        "an edge names the guest `mess`, which isn't there; is it `mesh`?",
    );
    refused("[edge.\"mesh->app\"]\nthrough = [\"hundred\"]", "`mesh` imports nothing from `app`");
    refused(
        "[edge.\"app->mesh\"]\nthrough = [\"hundred\", \"hundred\"]",
        "`hundred` stands between guests twice",
    );
    let other = GRAPH.split("[guest.hundred]").next().unwrap().to_owned()
        + "[guest.other]\nsource = \"DIR/double.wat\"\n";
    with(&format!("{other}[edge.\"app->mesh\"]\nthrough = [\"other\"]"), "check", &[]).fails(
        125,
        &["`other` can't stand between `app` and `mesh`: it doesn't both import and export `acme:mesh/route@0.1.0`"],
    );
    with(&format!("{GRAPH}[edge.\"app-mesh\"]\nthrough = []"), "check", &[])
        .fails(2, &["an edge is written `\"GUEST->GUEST\"`"]);
}
