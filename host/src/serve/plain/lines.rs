//! A guest that is run for each line of a connection: the line is its input, and what it writes is
//! sent as it is.
//!
//! A guest that fails has no reply, and the connection closes. If only the first line is answered,
//! the guest is run for those lines, too, that came with it, and what it writes is lost.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use bytes::Bytes;

use crate::app::PerLine;
use crate::capability::stdio::{Capture, Input, Output};
use crate::instance::Exit;
use crate::serve::line::{Lines, TooLong};
use crate::serve::plain::environment::Ends;
use crate::serve::plain::peer::PlainPeer;
use crate::serve::plain::routed;
use crate::serve::service::Cut;
use crate::serve::shared::Shared;

/// The most that a guest writes for a line, in bytes.
const REPLY: usize = 8 << 20;
/// How much is read at once, in bytes.
const PIECE: usize = 16 << 10;

/// Answers lines until the client ends, a line is too long, or a guest fails.
pub(super) async fn serve(shared: &Shared, mut peer: PlainPeer, answered: PerLine) {
    let mut lines = Lines::new(shared.limits.line_size);
    let asked = peer.asked("a line");
    let mut piece = vec![0; PIECE];
    let mut closed = false;

    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Err(TooLong) => return,
            Ok(None) if closed => return,
            Ok(None) => {
                let room = lines.room().clamp(1, PIECE);
                let mut drain = shared.drain.clone();
                let read = tokio::select! {
                    biased;
                    read = peer.reader.read(&mut piece[..room]) => read,
                    // Between two lines it can end.
                    _ = drain.wait_for(|draining| *draining) => return,
                };
                match read {
                    Ok(0) => match lines.last() {
                        Some(line) => {
                            lines = Lines::new(shared.limits.line_size);
                            closed = true;
                            line
                        }
                        None => return,
                    },
                    Ok(count) => {
                        lines.take(&piece[..count]);
                        continue;
                    }
                    Err(_) => return,
                }
            }
        };

        let Ok(reply) = reply(shared, (line, &peer.ends), &asked).await else { return };
        if peer.writer.write_all(&reply).await.is_err() {
            return;
        }
        if answered == PerLine::First {
            let _ = peer.writer.shutdown().await;
            let ends = peer.ends.clone();
            drop(peer);
            while let Ok(Some(line)) = lines.next() {
                let _ = self::reply(shared, (line, &ends), &asked).await;
            }
            return;
        }
    }
}

/// What a guest writes for a line.
async fn reply(shared: &Shared, (line, ends): (Bytes, &Ends), asked: &str) -> Result<Vec<u8>, Cut> {
    let _place = shared.admission.enter().await.ok_or(Cut::Busy)?;
    let service = routed::service(shared, ends).ok_or(Cut::Failed)?;
    let written = Capture::new(REPLY);
    let streams = (Input::Bytes(line), Output::Capture(written.clone()));
    let outcome = service.run(streams, (&[], &ends.variables()), asked).await?;
    match outcome.exit {
        Exit::Code(0) => Ok(written.contents()),
        exit => Err(service.failed(asked, exit.to_string())),
    }
}
