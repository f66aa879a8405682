//! Makes a component of a core module whose world wit-bindgen has embedded in it: `encode MODULE
//! COMPONENT WIT`. WIT, the file with the world, goes along in the section `forebay-wit`, for its
//! comments: a component's types carry none. It stands here so that the guests need neither Forebay
//! itself nor an installed tool to be built.

use std::error::Error;
use std::process::ExitCode;

use wasm_encoder::{CustomSection, Section as _};
use wit_component::ComponentEncoder;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, module, component, wit] = args.as_slice() else {
        eprintln!("usage: encode MODULE COMPONENT WIT");
        return ExitCode::from(2);
    };
    match encode(module, component, wit) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot make a component of `{module}`: {error}");
            ExitCode::FAILURE
        }
    }
}

fn encode(module: &str, component: &str, wit: &str) -> Result<(), Box<dyn Error>> {
    let module = std::fs::read(module)?;
    let mut bytes = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    CustomSection { name: "forebay-wit".into(), data: std::fs::read(wit)?.into() }
        .append_to(&mut bytes);
    Ok(std::fs::write(component, bytes)?)
}
