//! Callers and callees of each generation, from one source: the features say which. Every pair of
//! them is tried by `tests/compose/matrix.rs`.

#[cfg(any(feature = "callee", feature = "callee-flow"))]
mod callee;
#[cfg(any(
    feature = "caller-command",
    feature = "caller",
    feature = "caller-async",
    feature = "caller-relay"
))]
mod caller;
#[cfg(feature = "caller-flow")]
mod caller_flow;
#[cfg(feature = "callee-flow")]
mod flow;
#[cfg(feature = "middle")]
mod middle;
#[cfg(feature = "preview1")]
mod preview1;

/// What wit-bindgen makes of the world named by the feature.
macro_rules! world {
    ($($name:literal $world:literal),*) => {
        $(#[cfg(feature = $name)]
        mod world {
            wit_bindgen::generate!({
                path: ["../../../wit/deps/io@0.2.12.wit", "../../../wit/deps/clocks@0.2.12.wit",
                    "../../../wit/deps/random@0.2.12.wit", "../../../wit/deps/filesystem@0.2.12.wit",
                    "../../../wit/deps/sockets@0.2.12.wit", "../../../wit/deps/cli@0.2.12.wit", "wit"],
                world: $world,
                generate_all,
            });
        })*
    };
}

world! {
    "callee" "forebay:pairs/callee",
    "callee-flow" "forebay:pairs/callee-flow",
    "middle" "forebay:pairs/middle",
    "caller-command" "forebay:pairs/caller-command",
    "caller" "forebay:pairs/caller",
    "caller-async" "forebay:pairs/caller-async",
    "caller-flow" "forebay:pairs/caller-flow",
    "caller-relay" "forebay:pairs/caller-relay"
}

/// The guest.
#[cfg(not(feature = "caller-command"))]
struct Pairs;

#[cfg(not(feature = "caller-command"))]
world::export!(Pairs with_types_in world);

/// A stream of WASI 0.2 to its end.
#[cfg(any(feature = "callee", feature = "callee-flow"))]
fn drain(input: world::wasi::io::streams::InputStream) -> String {
    let mut bytes = Vec::new();
    while let Ok(some) = input.blocking_read(64 << 10) {
        bytes.extend(some);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
