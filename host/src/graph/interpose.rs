//! Guests that stand between two others: each exports what the one imports and imports what the
//! other exports. Pure.

use crate::graph::problem::{Problem, guests_are};
use crate::graph::rules::{Rules, best};
use crate::graph::wiring::{Item, LinkOverride, Surface};
use crate::names::{nearest_of, split};

/// Guests through which one calls another, in the order in which a call passes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interposed {
    /// Who calls.
    pub from: String,
    /// Who is called in the end.
    pub to: String,
    /// Who stand between.
    pub through: Vec<String>,
}

/// The choices that put guests between others.
///
/// # Errors
/// Everything that keeps them from standing there.
pub(super) fn choices(
    surfaces: &[Surface],
    rules: &Rules<'_>,
    edges: &[Interposed],
) -> Result<Vec<LinkOverride>, Vec<Problem>> {
    let (mut made, mut problems) = (Vec::new(), Vec::new());
    for (index, edge) in edges.iter().enumerate() {
        let named = || [&edge.from, &edge.to].into_iter().chain(&edge.through);
        let unknown: Vec<&String> = named().filter(|name| find(surfaces, name).is_none()).collect();
        for name in &unknown {
            let near = nearest_of(name, surfaces.iter().map(|surface| surface.guest.as_str()));
            let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
            problems.push(Problem::hinted(
                format!("an edge names the guest `{name}`, which isn't there{near}"),
                guests_are(surfaces),
            ));
        }
        let earlier = || edges[..index].iter().flat_map(|edge| &edge.through);
        for (place, name) in edge.through.iter().enumerate() {
            if earlier().chain(&edge.through[..place]).any(|other| other == name) {
                problems.push(Problem::hinted(
                    format!("`{name}` stands between guests twice"),
                    "put a guest of its own there, with the same source",
                ));
            }
        }
        if unknown.is_empty() {
            match of_edge(surfaces, rules, edge) {
                Ok(choices) => made.extend(choices),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(made) } else { Err(problems) }
}

fn of_edge(
    surfaces: &[Surface],
    rules: &Rules<'_>,
    edge: &Interposed,
) -> Result<Vec<LinkOverride>, Problem> {
    let at = |name: &str| find(surfaces, name).expect("unknown names were told");
    // What it would import from there if nobody stood between.
    let direct = |item: &&Item| matches!(rules.meet(surfaces, at(&edge.from), item), Ok(Some((to, _))) if to == at(&edge.to));
    let imports: Vec<&Item> = surfaces[at(&edge.from)].imports.iter().filter(direct).collect();
    if imports.is_empty() {
        return Err(Problem::hinted(
            format!("`{}` imports nothing from `{}`", edge.from, edge.to),
            "an edge is written `\"CALLER->CALLED\"`; `forebay explain` shows who calls whom",
        ));
    }
    for name in &edge.through {
        if !imports.iter().any(|item| passage(&surfaces[at(name)], item).is_some()) {
            let names: Vec<String> =
                imports.iter().map(|item| format!("`{}`", item.name)).collect();
            return Err(Problem::hinted(
                format!(
                    "`{name}` can't stand between `{}` and `{}`: it doesn't both import and export {}",
                    edge.from,
                    edge.to,
                    names.join(" or ")
                ),
                "build it with both in its world, or leave it out of `through`",
            ));
        }
    }
    let mut made = Vec::new();
    for item in imports {
        let mut caller = (edge.from.clone(), item);
        // One that doesn't know an interface isn't on that interface's way.
        for name in &edge.through {
            let Some(import) = passage(&surfaces[at(name)], item) else { continue };
            made.push(LinkOverride {
                guest: Some(caller.0),
                import: caller.1.name.clone(),
                provider: name.clone(),
            });
            caller = (name.clone(), import);
        }
        made.push(LinkOverride {
            guest: Some(caller.0),
            import: caller.1.name.clone(),
            provider: edge.to.clone(),
        });
    }
    Ok(made)
}

/// The import by which a guest that exports what meets `item` calls on.
fn passage<'a>(surface: &'a Surface, item: &Item) -> Option<&'a Item> {
    let export = best(item, &surface.exports)?;
    let same = |import: &&Item| {
        import.plain == export.plain && split(&import.name).0 == split(&export.name).0
    };
    surface.imports.iter().find(same)
}

fn find(surfaces: &[Surface], name: &str) -> Option<usize> {
    surfaces.iter().position(|surface| surface.guest == name)
}
