//! The pure part of typed calls: words in, values out.

mod text;
mod wave;
mod words;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Type};
use wasmtime::{Config, Engine};

use crate::typed::Signature;

/// The signature of a function `f`, of which `text` is the type in the text form of components.
/// It may use the types `$point` (a record of `x: s32` and `label: option<string>`), `$color` (an
/// enum of `red` and `green`), `$mode` (flags `read` and `write`) and `$shape` (a variant of
/// `none` and `circle(f64)`).
fn signature(text: &str) -> Signature {
    let component = format!(
        r#"(component
            (type $p (record (field "x" s32) (field "label" (option string))))
            (import "point" (type $point (eq $p)))
            (type $c (enum "red" "green"))
            (import "color" (type $color (eq $c)))
            (type $m (flags "read" "write"))
            (import "mode" (type $mode (eq $m)))
            (type $s (variant (case "none") (case "circle" f64)))
            (import "shape" (type $shape (eq $s)))
            (import "f" (func {text})))"#
    );
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, wat::parse_str(component).unwrap()).unwrap();

    let ty = component.component_type();
    let mut imports = ty.imports(&engine);
    match imports.find(|(name, _)| *name == "f").unwrap().1.ty {
        ComponentItem::ComponentFunc(ty) => Signature::new("f", &ty),
        other => panic!("{other:?}"),
    }
}

/// A type in the text form of components.
fn ty(text: &str) -> Type {
    signature(&format!(r#"(param "a" {text})"#)).parameters.remove(0).ty
}
