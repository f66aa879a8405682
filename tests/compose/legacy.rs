//! Legacy modules with a WIT world, as callers and as callees. The modules are made here: text,
//! with the world embedded.

use std::path::{Path, PathBuf};

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::run::{Ended, forebay};
use crate::scratch;

const WIT: &str = "package acme:mesh@0.1.0;
    interface route { scale: func(x: u32) -> u32; }
    world provider { export route; }
    world user { import route; }";

/// A preview-1 reactor that multiplies by its number of variables.
const PROVIDER: &str = r#"(module
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 8)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
      (global.set $heap (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "acme:mesh/route@0.1.0#scale") (param i32) (result i32)
      (drop (call $sizes (i32.const 0) (i32.const 4)))
      (i32.mul (local.get 0) (i32.load (i32.const 0)))))"#;

/// A preview-1 command that ends with what 5 is mapped to.
const USER: &str = r#"(module
    (import "acme:mesh/route@0.1.0" "scale" (func $scale (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 8)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
      (global.set $heap (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "_start")
      (i32.store8 (i32.const 16) (i32.add (i32.const 48) (call $scale (i32.const 3))))
      (i32.store (i32.const 8) (i32.const 16))
      (i32.store (i32.const 12) (i32.const 1))
      (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 4)))))"#;

/// A module that is made of text, with a world embedded.
pub fn module(folder: &Path, name: &str, text: &str, world: &str) -> PathBuf {
    module_of(folder, name, text, WIT, world)
}

fn module_of(folder: &Path, name: &str, text: &str, wit: &str, world: &str) -> PathBuf {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("world.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut bytes = wat::parse_str(text).unwrap();
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn run(flags: &[&str], with: &Path, main: &Path, args: &[&str]) -> Ended {
    Ended::of(
        forebay()
            .arg("run")
            .args(flags)
            .arg("--with")
            .arg(with)
            .arg(main)
            .args(args)
            .output()
            .unwrap(),
    )
}

fn text(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/graph").join(name)
}

#[test]
fn a_typed_guest_calls_a_legacy_one() {
    let folder = scratch();
    let mesh = module(folder.path(), "mesh.wasm", PROVIDER, "provider");
    run(&["--env", "A=b"], &mesh, &text("app.wat"), &["5"]).prints("1\n");
    let flags = ["--grant", "mesh:--env=A=b", "--grant", "mesh:--env=B=c"];
    run(&flags, &mesh, &text("app.wat"), &["5"]).prints("11\n");
}

#[test]
fn a_legacy_guest_calls_a_typed_one() {
    let folder = scratch();
    let user = module(folder.path(), "user.wasm", USER, "user");
    run(&[], &text("mesh.wat"), &user, &[]).prints("9");
}

#[test]
fn a_legacy_guest_calls_a_legacy_one() {
    let folder = scratch();
    let (user, mesh) = (
        module(folder.path(), "user.wasm", USER, "user"),
        module(folder.path(), "mesh.wasm", PROVIDER, "provider"),
    );
    run(&["--grant", "mesh:--env=A=b", "--grant", "mesh:--env=B=c"], &mesh, &user, &[]).prints("6");
}

#[test]
fn a_legacy_module_without_a_world_exports_nothing() {
    let folder = scratch();
    let bare = folder.path().join("bare.wat");
    std::fs::write(&bare, "(module (memory (export \"memory\") 1) (func (export \"_start\")))")
        .unwrap();
    run(&[], &bare, &text("app.wat"), &["5"])
        .fails(125, &["`app` imports `acme:mesh/route@0.1.0`, which nobody provides"]);
}

#[test]
fn a_legacy_command_may_not_wait() {
    let folder = scratch();
    let wit = WIT.replace("route", "slow").replace("scale: func", "scale: async func");
    let user = module_of(folder.path(), "user.wasm", &USER.replace("route", "slow"), &wit, "user");
    run(&[], &text("slow.wat"), &user, &[]).fails(
        125,
        &["`user` waits for `scale` of `acme:mesh/slow@0.1.0`, an `async func`, but exports no async function"],
    );
}
