//! A linked filter that is called from many tasks at once: what a server does, without sockets.

use std::sync::Arc;
use std::time::Instant;

use forebay::capability::stdio::{Capture, Input, Output, Stdio};
use forebay::config::Config;
use forebay::policy::Grants;
use forebay::runtime::Runtime;
use forebay::typed::{self, Destination};

use crate::{Row, median};

const TASKS: usize = 1000;
const ROUNDS: usize = 5;

/// Measures calls from 1,000 tasks on one executor, in microseconds of time for each call.
pub fn measure() -> Vec<Row> {
    let text = include_str!("../../components/wat/upper.wat");
    let executor = tokio::runtime::Runtime::new().expect("an executor");
    let each = executor.block_on(async {
        let runtime = Runtime::new(Config::default()).expect("a runtime");
        let loaded = runtime.load_bytes("upper", text.into()).await.expect("a program");
        let linked = loaded.link_service(&Grants::default(), TASKS as u32).expect("a filter");
        let signature = linked.signature().expect("a function");
        let call = typed::arguments(signature, &["-".into()], Destination::default());
        let (linked, call) = (Arc::new(linked), Arc::new(call.expect("a call")));

        let mut samples = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let one = || {
                let (linked, call) = (linked.clone(), call.clone());
                tokio::spawn(async move {
                    let stdio = Stdio {
                        stdin: Input::Bytes("a line of text\n".into()),
                        stdout: Output::Capture(Capture::new(1024)),
                        stderr: Output::Nothing,
                    };
                    linked.call(&call, &stdio).await.expect("it starts");
                })
            };
            let tasks: Vec<_> = (0..TASKS).map(|_| one()).collect();
            for task in tasks {
                task.await.expect("it ends");
            }
            samples.push(start.elapsed().as_secs_f64() * 1e6 / TASKS as f64);
        }
        median(samples)
    });
    vec![Row {
        what: format!("a call of a linked filter, of {TASKS} tasks at once"),
        ours: each,
        peer: None,
        unit: "µs",
    }]
}
