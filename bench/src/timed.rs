//! Calls that are timed: of a graph in our runtime, and of the same composition on a bare engine.

use std::time::Instant;

use forebay::capability::stdio::Stdio;
use forebay::config::{Adapter, Config, Legacy};
use forebay::graph::{Graph, compose};
use forebay::policy::Grants;
use forebay::runtime::{Linked, Runtime};
use forebay::typed::{self, Destination};
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Engine, Inlining, Store};

fn executor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an executor")
}

/// The component that a graph is composed to.
pub fn composed(graph: &Graph) -> Vec<u8> {
    let linked = graph.link(Adapter::default(), &Legacy::default()).expect("guests that fit");
    compose(&linked).expect("a composition")
}

/// A function of a graph in our runtime.
pub struct Timed {
    tokio: tokio::runtime::Runtime,
    linked: Linked,
}

impl Timed {
    /// The function of the main guest that has this name.
    pub fn new(graph: &Graph, function: &str) -> Timed {
        let config = Config { interruptible: false, ..Config::default() };
        let loaded =
            Runtime::new(config).expect("a runtime").load_graph_blocking(graph).expect("a graph");
        let linked = loaded.link_function(&Grants::default(), function).expect("a function");
        Timed { tokio: executor(), linked }
    }

    /// Nanoseconds a call of the loop within: a long loop less a short one. `words` are the
    /// arguments for so many calls.
    pub fn each(&self, calls: u32, words: impl Fn(u32) -> Vec<String>) -> f64 {
        let run = |calls: u32| {
            let signature = self.linked.signature().expect("a function");
            let destination =
                Destination { location: None, format: typed::Format::Plain, append: false };
            let call = typed::arguments(signature, &words(calls), destination).expect("arguments");
            let start = Instant::now();
            let outcome = self
                .tokio
                .block_on(self.linked.call(&call, &Stdio::nothing()))
                .expect("an outcome");
            let elapsed = start.elapsed();
            assert_eq!(outcome.exit, forebay::run::Exit::Code(0));
            elapsed.as_nanos() as f64
        };
        let once = run(1);
        (run(calls) - once) / f64::from(calls)
    }
}

/// A composition on an engine of its own.
pub struct Peer {
    tokio: tokio::runtime::Runtime,
    store: Store<()>,
    instance: Instance,
}

impl Peer {
    /// Compiles and instantiates it.
    pub fn new(bytes: &[u8], inlining: Inlining) -> Peer {
        let mut config = wasmtime::Config::new();
        config.concurrency_support(false).compiler_inlining(inlining);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::new(&engine, bytes).expect("a component");
        let (tokio, mut store) = (executor(), Store::new(&engine, ()));
        let linker = Linker::new(&engine);
        let instance =
            tokio.block_on(linker.instantiate_async(&mut store, &component)).expect("an instance");
        Peer { tokio, store, instance }
    }

    /// Nanoseconds a call of the loop within.
    pub fn call(&mut self, function: &str, calls: u32, bytes: u32) -> f64 {
        let function = self
            .instance
            .get_typed_func::<(u32, u32), (i32,)>(&mut self.store, function)
            .expect("a function");
        let start = Instant::now();
        self.tokio
            .block_on(function.call_async(&mut self.store, (calls, bytes)))
            .expect("a result");
        start.elapsed().as_nanos() as f64 / f64::from(calls)
    }

    /// Nanoseconds a call from the host, through dynamic values.
    pub fn host(&mut self) -> f64 {
        const CALLS: u32 = 20_000;
        let function = self.instance.get_func(&mut self.store, "core").expect("a function");
        let mut results = [Val::S32(0)];
        let start = Instant::now();
        for _ in 0..CALLS {
            let arguments = [Val::U32(1), Val::U32(2)];
            let call = function.call_async(&mut self.store, &arguments, &mut results);
            self.tokio.block_on(call).expect("a result");
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    }
}
