//! Any bytes: recognised as a program or refused with a reason, wrapped, described. Nothing may panic or hang.
#![no_main]

use forebay::config::{Adapter, Legacy};
use forebay::inspect::inspect;
use forebay::load::Program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(program) = Program::recognise("fuzz", bytes.to_vec()) else { return };
    program.is_async();
    // Both may refuse; what matters is that they come back.
    for adapter in [Adapter::Forebay, Adapter::Official] {
        drop(program.component(adapter, &Legacy::default()));
    }
    if let Ok(report) = inspect(&program) {
        report.text();
        report.json();
    }
});
