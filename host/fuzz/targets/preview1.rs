//! Bytes that choose calls of preview 1, made through our adapter and through wasmtime's native
//! preview 1: the same errno of each, the same bytes in the guest's memory, the same files and
//! output, and both come to their end.
#![no_main]

#[path = "../preview1/mod.rs"]
mod preview1;

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use forebay::capability::stdio::{Capture, Input, Output, Stdio};
use forebay::config::{Budget, Config};
use forebay::run::Exit;
use forebay::policy::{Directory, Grants};
use forebay::runtime::{Loaded, Runtime};
use libfuzzer_sys::fuzz_target;
use preview1::{Run, Scratch, Script, Verdict, compare, guest, where_memory_differs};
use tokio::runtime::{Builder, Runtime as Tokio};
use wasmtime::{Engine, InstancePre, Linker, Module, Store};
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_async};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

/// No call of these waits for longer than a moment.
const WEDGED: Duration = Duration::from_secs(20);
const OUTPUT: usize = 16 << 20;
const ARGS: [&str; 3] = ["guest.wasm", "one", "two"];

static TOKIO: LazyLock<Tokio> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("an executor"));
static OURS: LazyLock<Loaded> = LazyLock::new(|| {
    let budget = Budget { timeout: Some(WEDGED), ..Budget::default() };
    let runtime = Runtime::new(Config { budget, ..Config::default() }).expect("a runtime");
    runtime.load_blocking(ARGS[0], guest().into_bytes()).expect("a guest")
});
static PEER: LazyLock<(Engine, InstancePre<WasiP1Ctx>)> = LazyLock::new(|| {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    add_to_linker_async(&mut linker, |context: &mut WasiP1Ctx| context).expect("preview 1");
    let module = Module::new(&engine, wat::parse_str(guest()).expect("text")).expect("a guest");
    let ready = linker.instantiate_pre(&module).expect("all imports are there");
    (engine, ready)
});

fn directories(scratch: &Scratch) -> [(PathBuf, &'static str); 2] {
    [(scratch.control(), "/control"), (scratch.play(), "/play")]
}

fn ours(script: &Script) -> Run {
    let scratch = Scratch::new(script).expect("a folder");
    let directory =
        |(host, guest): (PathBuf, &str)| Directory { host, guest: guest.into(), read_only: false };
    let grants = Grants {
        directories: directories(&scratch).into_iter().map(directory).collect(),
        env: vec![("NAME".into(), "value".into())],
        ..Grants::default()
    };
    let captured = Capture::new(OUTPUT);
    let stdio = Stdio {
        stdin: Input::Nothing,
        stdout: Output::Capture(captured.clone()),
        stderr: Output::Nothing,
    };
    let linked = OURS.clone().link(&grants).expect("it links");
    let outcome = TOKIO.block_on(
        linked.run(&ARGS[1..].iter().map(|arg| (*arg).into()).collect::<Vec<String>>(), &stdio),
    );
    let exit = match outcome.expect("it runs").exit {
        Exit::Code(code) if code < 126 => Some(code.into()),
        Exit::Code(_) | Exit::Trap(_) => None,
        other => panic!("ours: {other:?}"),
    };
    Run::of(&scratch, captured.contents().to_vec(), exit).expect("a log")
}

fn peer(script: &Script) -> Run {
    let scratch = Scratch::new(script).expect("a folder");
    let output = MemoryOutputPipe::new(OUTPUT);
    let mut context = WasiCtxBuilder::new();
    context
        .args(&ARGS)
        .env("NAME", "value")
        .stdout(output.clone())
        .allow_blocking_current_thread(true);
    for (host, guest) in directories(&scratch) {
        context.preopened_dir(host, guest, FsPerms::ReadWrite).expect("it can be opened");
    }
    let mut store = Store::new(&PEER.0, context.build_p1());
    let run = async {
        let instance = PEER.1.instantiate_async(&mut store).await?;
        instance.get_typed_func::<(), ()>(&mut store, "_start")?.call_async(&mut store, ()).await
    };
    let result = TOKIO.block_on(async {
        tokio::time::timeout(WEDGED, run).await.expect("the peer comes to its end")
    });
    let exit = match result {
        Ok(()) => Some(0),
        Err(error) => error.downcast_ref::<I32Exit>().map(|exit| exit.0),
    };
    drop(store);
    Run::of(&scratch, output.contents().to_vec(), exit).expect("a log")
}

fuzz_target!(|bytes: &[u8]| {
    let script = Script::of(bytes);
    if let Verdict::Different { at, what } = compare(&script, &ours(&script), &peer(&script)) {
        let dump = script.dump_after(at);
        panic!("call {at}: {what} {:?}", where_memory_differs(&ours(&dump), &peer(&dump)));
    }
});
