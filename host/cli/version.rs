//! `--version --verbose`: what this is made of.

use forebay::wit::packages;

/// What cargo built this from.
const LOCKED: &str = include_str!("../../Cargo.lock");

/// The version, and those of the engine and the interfaces, a line each.
pub fn text() -> String {
    let mut interfaces: Vec<String> = vec!["preview 1".to_owned()];
    for package in packages::all() {
        let version = package.version.to_string();
        if package.name.starts_with("wasi:") && !interfaces.contains(&version) {
            interfaces.push(version);
        }
    }
    let own: Vec<String> = packages::all()
        .iter()
        .filter(|package| package.name.starts_with("forebay:"))
        .map(|package| package.to_string())
        .collect();
    format!(
        "forebay {}\nengine: wasmtime {}\nWASI: {}\nWIT: {}\nmachine: {}-{}\n",
        env!("CARGO_PKG_VERSION"),
        locked("wasmtime"),
        interfaces.join(", "),
        own.join(", "),
        std::env::consts::ARCH,
        std::env::consts::OS,
    )
}

/// The version at which a crate is locked.
fn locked(name: &str) -> &'static str {
    let entry = LOCKED.split(&format!("name = \"{name}\"\nversion = \"")).nth(1);
    entry.and_then(|rest| rest.split('"').next()).unwrap_or("?")
}
