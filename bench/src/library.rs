//! A run inside the library: a store, an instance, the call, and everything given back.

use std::time::Instant;

use forebay::capability::stdio::Stdio;
use forebay::config::Config;
use forebay::policy::Grants;
use forebay::runtime::Runtime;

use crate::{Row, median};

const RUNS: usize = 2000;

/// Measures runs of a program that does nothing, in microseconds.
pub fn measure() -> Vec<Row> {
    let executor =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an executor");
    let text = "(module (memory (export \"memory\") 1) (func (export \"_start\")))";
    let each = executor.block_on(async {
        let runtime = Runtime::new(Config::default()).expect("a runtime");
        let loaded = runtime.load_bytes("nothing", text.into()).await.expect("a program");
        let program = loaded.link(&Grants::default()).expect("no imports are missing");
        let mut samples = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let start = Instant::now();
            program.run(&[], &Stdio::default()).await.expect("it runs");
            samples.push(start.elapsed().as_secs_f64() * 1e6);
        }
        median(samples)
    });
    vec![Row {
        what: "one run of an empty program in the library".into(),
        ours: each,
        peer: None,
        unit: "µs",
    }]
}
