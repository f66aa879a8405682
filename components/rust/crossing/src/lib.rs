//! A caller and a callee whose streams and futures go from store to store, from one source; the
//! features say which. `tests/compose/crossing.rs` places the callee in every way there is.

#[cfg(feature = "callee")]
mod callee;
#[cfg(feature = "caller")]
mod caller;

/// What wit-bindgen makes of the world.
#[cfg(feature = "callee")]
mod world {
    wit_bindgen::generate!({ path: "wit", world: "callee", generate_all });
}

/// What wit-bindgen makes of the world.
#[cfg(feature = "caller")]
mod world {
    wit_bindgen::generate!({ path: "wit", world: "caller", generate_all });
}

/// The guest.
struct Crossing;

world::export!(Crossing with_types_in world);
