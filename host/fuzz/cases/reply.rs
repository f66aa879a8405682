//! Any bytes as what an HTTP server sends: a body no longer than them, or a failure with a reason;
//! reading it comes to an end.

use std::sync::Arc;
use std::time::Duration;

use forebay::event::Listener;
use forebay::policy::{Denials, Grants, Guard};
use forebay::stream::stdio::{Hangup, Input, Output, Stdio};
use forebay::stream::{Authority, Directories, Location, Opener, Roots};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A server on this machine answers sooner.
const WEDGED: Duration = Duration::from_secs(60);

thread_local! {
    static EXECUTOR: Runtime =
        Builder::new_current_thread().enable_all().build().expect("an executor");
}

/// One input.
pub fn run(bytes: &[u8]) {
    EXECUTOR.with(|executor| executor.block_on(exchange(bytes)));
}

async fn exchange(bytes: &[u8]) {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = server.local_addr().expect("it is bound");
    let location: Location = format!("http://{address}/x").parse().expect("a URL");
    let stdio = Stdio { stdin: Input::Nothing, stdout: Output::Nothing, stderr: Output::Nothing };
    let guard = Arc::new(Guard::new(&Grants::default(), Denials::default()));
    let roots = Roots::new(None).expect("no file is read");
    let opener = Opener::new(
        (guard, Directories::default()),
        roots,
        stdio,
        Hangup::default(),
        Listener::deaf(),
    );

    let serve = async {
        loop {
            let Ok((mut peer, _)) = server.accept().await else { continue };
            // The request is small, and comes in one piece.
            let _ = peer.read(&mut [0; 4096]).await;
            let _ = peer.write_all(bytes).await;
        }
    };
    let read = async {
        match opener.source(&location, Authority::User).await {
            Ok(source) => {
                let mut body = 0;
                match source.read_to_end(usize::MAX, |piece| body += piece.len()).await {
                    Ok(()) => assert!(body <= bytes.len(), "{body} bytes"),
                    Err(error) => assert!(!error.what().is_empty()),
                }
            }
            Err(failure) => assert!(!failure.why.is_empty()),
        }
    };
    tokio::select! {
        _ = serve => unreachable!("it serves for ever"),
        ended = tokio::time::timeout(WEDGED, read) => ended.expect("reading comes to an end"),
    }
}
