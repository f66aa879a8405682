//! Any bytes: recognised as a program or refused with a reason, wrapped, described. Nothing may
//! panic or hang.

use forebay::config::{Adapter, Legacy};
use forebay::graph::{Graph, compose};
use forebay::inspect::inspect;
use forebay::load::Program;
use forebay::policy::Allowance;

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(program) = Program::recognise("fuzz", bytes.to_vec()) else { return };
    program.is_async();
    // Both may refuse; what matters is that they come back.
    for adapter in [Adapter::Forebay, Adapter::Official] {
        drop(program.component(adapter, &Legacy::default()));
    }
    // As a guest with limits in its code, what is linked is still a component.
    let limits =
        Allowance { memory: Some(1 << 20), table_elements: Some(100), ..Allowance::default() };
    let graph = Graph::new().guest("fuzz", program.clone()).confine("fuzz", limits);
    if let Ok(linked) = graph.link(Adapter::default(), &Legacy::default()) {
        drop(compose(&linked));
    }
    if let Ok(report) = inspect(&program) {
        report.text();
        report.json();
    }
}
