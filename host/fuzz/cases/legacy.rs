//! Any bytes as a legacy module, wrapped in every way there is: a component that the engine's
//! validator takes, or a refusal. The first byte chooses how.

use forebay::load::legacy::{Options, Sockets, wrap};

/// One input.
pub fn run(bytes: &[u8]) {
    let Some((how, module)) = bytes.split_first() else { return };
    let options = Options {
        sockets: Sockets::NAMES[usize::from(*how) % Sockets::NAMES.len()].1,
        strict_imports: how & 0x40 != 0,
        wasi_patch: if how & 0x20 != 0 { 12 } else { 3 },
        preopened_sockets: how & 0x80 != 0,
        unix_sockets: how & 0x10 != 0,
    };
    // What comes out was validated on the way; a module that can't be wrapped has a reason that can
    // be shown.
    match wrap(module, &options) {
        Ok(wrapped) => {
            let again = wrap(module, &options).expect("it was wrapped just now");
            assert!(
                wrapped.component == again.component,
                "the same module gives the same component"
            );
        }
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.hint().to_string().is_empty())
        }
    }
}
