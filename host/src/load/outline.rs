//! A component's types without its code, as a component: compiled in no time, it says how a program
//! is called before the program is compiled.

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::decoding::DecodedWasm;
use wit_parser::{LiftLowerAbi, ManglingAndAbi};

use crate::load::decode::decode;

/// A component with the same imports and exports, whose functions trap.
///
/// # Errors
/// When the types can't be read.
pub fn outline(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else {
        anyhow::bail!("it holds only interface types");
    };
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}
