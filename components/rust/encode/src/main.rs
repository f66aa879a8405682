//! Makes a component of a core module whose world wit-bindgen has embedded in it: `encode MODULE COMPONENT`.
//! It stands here so that the guests need neither Forebay itself nor an installed tool to be built.

use std::error::Error;
use std::process::ExitCode;

use wit_component::ComponentEncoder;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, module, component] = args.as_slice() else {
        eprintln!("usage: encode MODULE COMPONENT");
        return ExitCode::from(2);
    };
    match encode(module, component) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot make a component of `{module}`: {error}");
            ExitCode::FAILURE
        }
    }
}

fn encode(module: &str, component: &str) -> Result<(), Box<dyn Error>> {
    let module = std::fs::read(module)?;
    let bytes = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    Ok(std::fs::write(component, bytes)?)
}
