//! `capitals`: the same work behind two doors. As a `forebay:stream/filter` it's handed its
//! streams; as a command it opens the file named by its argument itself. The benchmarks compare the
//! two.

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
            "../../../wit/stream.wit",
            "wit",
        ],
        world: "forebay:capitals/capitals",
        generate_all,
    });
}

use world::exports::forebay::stream::filter;
use world::exports::wasi::cli::run;
use world::wasi::cli::{environment, stdout};
use world::wasi::filesystem::preopens;
use world::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use world::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once, in bytes.
const CHUNK: u64 = 64 << 10;

struct Capitals;

world::export!(Capitals with_types_in world);

impl filter::Guest for Capitals {
    fn apply(input: InputStream, output: OutputStream) -> Result<(), String> {
        apply(&input, &output)
    }
}

impl run::Guest for Capitals {
    fn run() -> Result<(), ()> {
        let path = environment::get_arguments().pop().ok_or(())?;
        let (directory, _) = preopens::get_directories().into_iter().next().ok_or(())?;
        let file = directory
            .open_at(PathFlags::SYMLINK_FOLLOW, &path, OpenFlags::empty(), DescriptorFlags::READ)
            .map_err(drop)?;
        apply(&file.read_via_stream(0).map_err(drop)?, &stdout::get_stdout()).map_err(drop)
    }
}

fn apply(input: &InputStream, output: &OutputStream) -> Result<(), String> {
    loop {
        let mut chunk = match input.blocking_read(CHUNK) {
            Ok(chunk) => chunk,
            Err(StreamError::Closed) => return output.blocking_flush().map_err(told),
            Err(error) => return Err(told(error)),
        };
        chunk.make_ascii_uppercase();
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            let room = usize::try_from(output.check_write().map_err(told)?).unwrap_or(usize::MAX);
            if room == 0 {
                output.subscribe().block();
                continue;
            }
            let (piece, left) = rest.split_at(rest.len().min(room));
            output.write(piece).map_err(told)?;
            rest = left;
        }
    }
}

fn told(error: StreamError) -> String {
    match error {
        StreamError::Closed => "the other side closed it".to_owned(),
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
    }
}
