//! Any text: a ceiling for manifests or a usage error, the same each time; comparing with it comes
//! back, and a manifest that wants nothing is below any.

use std::path::Path;

use forebay::app::{Ceiling, Manifest};
use forebay::error::Class;

const MODEST: &str = "main = \"a\"\n[guest.a]\nsource = \"a.wasm\"";
const GREEDY: &str = r#"
main = "a"
[guest.a]
source = "/nowhere/a.wasm"
dirs = ["/::/x", "/nowhere::/y::ro"]
net = ["all", "tcp://*.example.com:1-9"]
env = { A = "1" }
[guest.b]
source = "b.wasm"
stderr = "inherit"
limits = { memory = "1GiB", call-timeout = "1s" }
"#;

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let folder = Path::new("/folder");
    let read = || Ceiling::parse("max.toml", text, folder);
    match read() {
        Ok(ceiling) => {
            assert_eq!(read().as_ref(), Ok(&ceiling));
            let manifest = |text: &str| Manifest::parse("forebay.toml", text, folder).unwrap();
            let wants = ceiling.exceeded(&manifest(GREEDY), folder);
            assert!(wants.iter().all(|want| want.starts_with("guest `")), "{wants:?}");
            let modest = ceiling.exceeded(&manifest(MODEST), folder);
            // Where there is a ceiling for a limit, it wants to have none.
            assert!(modest.iter().all(|want| want.contains("no `limits.")), "{modest:?}");
        }
        Err(error) => assert_eq!(error.class(), Class::Usage, "{error}"),
    }
}
