//! Events that are lines: of a file or a pipe, of standard input, or of whoever connects to a socket.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinSet;

use crate::app::LineSource;
use crate::error::{Class, Error, Result};
use crate::serve::events::runs::{Occasion, Runs};
use crate::serve::line::{Lines, TooLong};
use crate::serve::socket::{Accepted, Standing};

/// How much is read at once, in bytes.
const PIECE: usize = 16 << 10;

/// Runs the guest for each line, which is what it reads, until there are no more.
pub(super) async fn read(runs: &Runs, source: &LineSource, tasks: &mut JoinSet<()>) -> Result<()> {
    let failed =
        |what: String| move |error: std::io::Error| Error::new(Class::Host, what).cause(error);
    match source {
        LineSource::Stdin => each(runs, Box::pin(tokio::io::stdin()), tasks).await,
        LineSource::File(path) => {
            let opened = tokio::fs::File::open(path).await;
            let file = opened.map_err(failed(format!("cannot read `{}`", path.display())))?;
            each(runs, Box::pin(file), tasks).await
        }
        LineSource::Unix(path) => {
            let socket = Standing::unix(path)?.accepting();
            let at = format!("cannot accept at `{}`", path.display());
            let socket = socket.map_err(failed(at.clone()))?;
            // One after the other, so that their lines don't get mixed.
            loop {
                match socket.accept().await.map_err(failed(at.clone()))? {
                    // What is wrong with one client's lines is no reason to stop for others.
                    Accepted::Unix(stream) => drop(each(runs, Box::pin(stream), tasks).await),
                    Accepted::Tcp(..) => {}
                }
            }
        }
    }
}

async fn each(
    runs: &Runs,
    mut reader: Pin<Box<dyn AsyncRead + Send>>,
    tasks: &mut JoinSet<()>,
) -> Result<()> {
    let broken = |error| Error::new(Class::Host, "its lines can't be read").cause(error);
    let mut lines = Lines::new(runs.shared.limits.line_size);
    let mut piece = vec![0; PIECE];
    loop {
        loop {
            match lines.next() {
                Ok(Some(input)) => runs.queue(Occasion::Line(input), tasks).await,
                Ok(None) => break,
                Err(TooLong) => {
                    return Err(Error::new(Class::Host, "a line is longer than lines may be"));
                }
            }
        }
        let room = lines.room().clamp(1, PIECE);
        match reader.read(&mut piece[..room]).await.map_err(broken)? {
            0 => {
                if let Some(input) = lines.last() {
                    runs.queue(Occasion::Line(input), tasks).await;
                }
                return Ok(());
            }
            count => lines.take(&piece[..count]),
        }
    }
}
