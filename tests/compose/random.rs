//! Random graphs, a fixed lot of them: what linking accepts is composed, valid, and can be
//! compiled, and finds all it needs.

#[path = "../../host/fuzz/graphs.rs"]
mod graphs;

use forebay::config::Config;
use forebay::error::Class;
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use graphs::{Bytes, check, check_surfaces, graph};

/// Bytes that look like chance, and are the same each time.
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..256).map(|_| next()).collect()
}

#[test]
fn surfaces_are_linked_or_refused() {
    (0..20_000).for_each(|seed| check_surfaces(&mut Bytes(&bytes(seed))));
}

#[test]
fn what_is_accepted_is_composed_compiled_and_linked() {
    let runtime = Runtime::new(Config::default()).unwrap();
    let mut accepted = 0;
    for seed in 0..3_000 {
        let graph = graph(&mut Bytes(&bytes(seed)));
        let Some(linked) = check(&graph) else { continue };
        if linked.wiring.edges.is_empty() {
            continue;
        }
        accepted += 1;
        let loaded = runtime
            .load_graph_blocking(&graph)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if let Err(error) = loaded.link(&Grants::default()) {
            // It has several functions, or none.
            assert!(
                matches!(error.class(), Class::NotFound | Class::Usage),
                "seed {seed}: {error}"
            );
        }
    }
    assert!(accepted > 100, "only {accepted} graphs have links and fit");
}
