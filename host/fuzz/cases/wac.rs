//! Any text as a composition in WAC, whose packages are three small components: a graph, or a usage
//! error; no panic.

use forebay::app::read_wac;
use forebay::config::{Adapter, Legacy};
use forebay::error::{Class, Error};
use forebay::load::Program;

const PACKAGES: [(&str, &str); 3] = [
    ("a:a", include_str!("../../../tests/guests/graph/app.wat")),
    ("a:m", include_str!("../../../tests/guests/graph/mesh.wat")),
    ("a:h", include_str!("../../../tests/guests/graph/hundred.wat")),
];

/// One input; bytes that are no text are none.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = (Adapter::default(), &Legacy::default());
    let read = read_wac("fuzz.wac", text, options, &mut |package| match PACKAGES
        .iter()
        .find(|(name, _)| *name == package.name)
    {
        Some((name, text)) => Program::recognise(name, text.as_bytes().to_vec()),
        None => Err(Error::new(Class::NotFound, "no such package")),
    });
    match read {
        // It may not fit, but linking it comes back.
        Ok(graph) => drop(graph.link(Adapter::default(), &Legacy::default())),
        Err(error) => assert!(matches!(error.class(), Class::Usage | Class::NotFound), "{error}"),
    }
}
