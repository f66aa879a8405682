//! A test instrument that answers HTTP requests by WASI 0.2: each path is a way to answer, or to
//! fail at it.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: [
            "../../../wit/deps/io@0.2.12.wit",
            "../../../wit/deps/clocks@0.2.12.wit",
            "../../../wit/deps/random@0.2.12.wit",
            "../../../wit/deps/filesystem@0.2.12.wit",
            "../../../wit/deps/sockets@0.2.12.wit",
            "../../../wit/deps/cli@0.2.12.wit",
            "../../../wit/deps/http@0.2.12.wit",
            "wit",
        ],
        world: "forebay:answers/answers",
        generate_all,
    });
}

use std::sync::atomic::{AtomicU32, Ordering};

use world::wasi::cli::stderr::get_stderr;
use world::wasi::clocks::monotonic_clock::subscribe_duration;
use world::wasi::http::types::{
    Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use world::wasi::io::streams::{InputStream, OutputStream, StreamError};
use world::wasi::{filesystem, sockets};

/// How much is written at once, in bytes.
const CHUNK: usize = 4096;
/// How many requests this instance has had.
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Answers;

world::export!(Answers with_types_in world);

impl world::exports::wasi::http::incoming_handler::Guest for Answers {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/" => text(out, "hello\n"),
            "/count" => text(out, &format!("{count}\n")),
            "/request" => text(out, &described(&request)),
            "/echo" => echo(request, out),
            "/trap" => panic!("asked for it"),
            "/late-trap" => {
                let trap = |_: &OutputStream| {
                    // The peer has the beginning by then.
                    subscribe_duration(20_000_000).block();
                    panic!("asked for it")
                };
                begin(out, None, trap, "begun\n");
            }
            "/short" => begin(out, Some(100), |_| {}, "begun\n"),
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/silent" => {}
            "/sleep" => {
                subscribe_duration(query.parse::<u64>().unwrap_or(0) * 1_000_000).block();
                text(out, "slept\n");
            }
            "/flood" => begin(out, None, flood, ""),
            "/grow" => {
                let mut kept: Vec<Vec<u8>> = Vec::new();
                loop {
                    kept.push(vec![1; 1 << 20]);
                    std::hint::black_box(&kept);
                }
            }
            "/after" => {
                let log = |_: &OutputStream| {};
                begin(out, Some(6), log, "begun\n");
                subscribe_duration(50_000_000).block();
                let _ = get_stderr().blocking_write_and_flush(b"after the reply\n");
            }
            "/look-up" => {
                let network = sockets::instance_network::instance_network();
                let found = sockets::ip_name_lookup::resolve_addresses(&network, "example.com");
                let found = found.and_then(|addresses| {
                    addresses.subscribe().block();
                    addresses.resolve_next_address()
                });
                text(out, if found.is_ok() { "found\n" } else { "refused\n" });
            }
            "/directories" => {
                let names = filesystem::preopens::get_directories();
                let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
                text(out, &format!("{}\n", names.join(" ")));
            }
            _ => answer(out, 404, Some(10), |_| {}, b"not found\n"),
        }
    }
}

fn text(out: ResponseOutparam, text: &str) {
    answer(out, 200, Some(text.len()), |_| {}, text.as_bytes());
}

fn begin(out: ResponseOutparam, length: Option<usize>, more: impl FnOnce(&OutputStream), text: &str) {
    answer(out, 200, length, more, text.as_bytes());
}

/// Sends a head, some bytes, and what `more` writes.
fn answer(
    out: ResponseOutparam,
    status: u16,
    length: Option<usize>,
    more: impl FnOnce(&OutputStream),
    bytes: &[u8],
) {
    let fields = Fields::new();
    fields.set("content-type", &[b"text/plain".to_vec()]).unwrap();
    if let Some(length) = length {
        fields.set("content-length", &[length.to_string().into_bytes()]).unwrap();
    }
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().unwrap();
    for chunk in bytes.chunks(CHUNK) {
        // A peer that goes is no fault of ours.
        let _ = stream.blocking_write_and_flush(chunk);
    }
    more(&stream);
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

fn described(request: &IncomingRequest) -> String {
    let method = match request.method() {
        Method::Get => "GET".to_owned(),
        Method::Post => "POST".to_owned(),
        Method::Head => "HEAD".to_owned(),
        other => format!("{other:?}"),
    };
    let mut lines = format!(
        "{method} {:?} {} {}\n",
        request.scheme().unwrap(),
        request.authority().unwrap_or_default(),
        request.path_with_query().unwrap_or_default()
    );
    for (name, value) in request.headers().entries() {
        lines += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
    }
    lines
}

/// Sends back what comes, while it comes.
fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().unwrap();
    let input = body.stream().unwrap();
    let pour = |output: &OutputStream| {
        while let Some(bytes) = next(&input) {
            for chunk in bytes.chunks(CHUNK) {
                if output.blocking_write_and_flush(chunk).is_err() {
                    return;
                }
            }
        }
    };
    answer(out, 200, None, pour, b"");
}

fn next(input: &InputStream) -> Option<Vec<u8>> {
    match input.blocking_read(CHUNK as u64) {
        Ok(bytes) => Some(bytes),
        Err(StreamError::Closed) => None,
        Err(StreamError::LastOperationFailed(_)) => panic!("the body broke off"),
    }
}

/// Writes until nobody takes any more.
fn flood(output: &OutputStream) {
    while output.blocking_write_and_flush(&[b'x'; CHUNK]).is_ok() {}
}
