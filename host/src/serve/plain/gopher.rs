//! A connection that speaks Gopher: one selector, and what a guest writes for it.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::app::{GopherKind, RequestPath};
use crate::capability::stdio::{Input, Output};
use crate::instance::Exit;
use crate::serve::gopher::{GopherRequest, LONGEST_LINE, Menu, Text, error};
use crate::serve::http::output;
use crate::serve::line::Lines;
use crate::serve::plain::environment::Ends;
use crate::serve::plain::peer::PlainPeer;
use crate::serve::service::Cut;
use crate::serve::shared::Shared;
use crate::serve::site::Answerer;
use crate::stream::HandedOutput;

/// How a guest's bytes are written.
enum Form {
    Text(Text),
    Menu(Menu),
    Bytes,
}

/// Answers one selector. What was cut has no end, which a client can tell but for bytes.
pub(super) async fn serve(shared: &Shared, mut peer: PlainPeer) {
    let Ok(Some(line)) = timeout(shared.limits.head_time, line(&mut peer)).await else { return };
    let answered = match GopherRequest::read(&line) {
        Ok(request) => ask(shared, &mut peer, &request).await,
        Err(why) => Err(why.to_string()),
    };
    if let Err(why) = answered {
        let _ = peer.writer.write_all(&error(&why)).await;
    }
    let _ = peer.writer.shutdown().await;
}

/// The line that a client sends; one that ends without its end counts, too.
async fn line(peer: &mut PlainPeer) -> Option<Bytes> {
    let (mut lines, mut piece) = (Lines::new(LONGEST_LINE), [0; 512]);
    loop {
        if let Some(line) = lines.next().ok()? {
            return Some(line);
        }
        let room = lines.room().clamp(1, piece.len());
        match peer.reader.read(&mut piece[..room]).await.ok()? {
            0 => return lines.last(),
            count => lines.take(&piece[..count]),
        }
    }
}

/// Has a guest answer.
///
/// # Errors
/// What the client is told, if nothing was sent.
async fn ask(shared: &Shared, peer: &mut PlainPeer, request: &GopherRequest) -> Result<(), String> {
    let Some(_place) = shared.admission.enter().await else {
        return Err("too many requests; try again".to_owned());
    };
    let path = RequestPath::gopher(request.selector.as_bytes()).map_err(|why| why.to_string())?;
    let current = shared.current.get();
    let (service, said) = match current.site.gopher(&path) {
        Answerer::Main => (current.service.clone(), None),
        Answerer::Guest(service, _, guest, _) => (service, guest.kind),
        Answerer::Files(..) | Answerer::Nobody => {
            return Err(format!("there is nothing at `{}`", request.selector));
        }
    };
    let asked = peer.asked(&format!("the selector `{}`", request.selector));
    let mut form = form(said.unwrap_or_else(|| kind(request)), &peer.ends);
    let variables = variables(request, &peer.ends);

    let (writing, mut written) = output();
    let output = HandedOutput::new(Box::new(writing));
    let input = Input::Bytes(request.query.clone().unwrap_or_default().into());
    let guest = async {
        let streams = (input, Output::Handed(output.clone()));
        let outcome = service.run(streams, (&[], &variables), &asked).await;
        let _ = output.finish().await;
        drop(output);
        match outcome?.exit {
            Exit::Code(0) => Ok(()),
            exit => Err(service.failed(&asked, exit.to_string())),
        }
    };
    let sent = async {
        while let Some(Ok(frame)) = written.frame().await {
            let bytes = frame.into_data().unwrap_or_default();
            // Dropped by whoever returns, the guest learns that nobody reads.
            if peer.writer.write_all(&form.take(&bytes)).await.is_err() {
                drop(written);
                return;
            }
        }
    };

    let (ran, ()) = tokio::join!(guest, sent);
    match ran {
        Ok(()) => {
            let _ = peer.writer.write_all(&form.end()).await;
            Ok(())
        }
        Err(_) if peer.quiet.counts().1 > 0 => Ok(()),
        Err(Cut::Busy) => Err("too many requests; try again".to_owned()),
        Err(Cut::Failed) => Err("the program failed".to_owned()),
    }
}

/// What a guest writes, where no route says it: a menu at the beginning and for a search, else
/// text.
fn kind(request: &GopherRequest) -> GopherKind {
    match (&request.query, request.selector.as_str()) {
        (Some(_), _) => GopherKind::Search,
        (None, "" | "/") => GopherKind::Menu,
        (None, _) => GopherKind::Text,
    }
}

fn form(kind: GopherKind, ends: &Ends) -> Form {
    match kind {
        GopherKind::Text => Form::Text(Text::default()),
        GopherKind::Binary => Form::Bytes,
        GopherKind::Menu | GopherKind::Search => {
            let (host, port) = ends.local();
            Form::Menu(Menu::new(&host, port))
        }
    }
}

/// What a guest is told, in the variables of other servers.
fn variables(request: &GopherRequest, ends: &Ends) -> Vec<(String, String)> {
    let query = request.query.clone().unwrap_or_default();
    let (host, port) = ends.local();
    let own = [
        ("SELECTOR", request.selector.clone()),
        ("QUERY_STRING", query.clone()),
        ("SEARCHREQUEST", query),
        ("SERVER_NAME", host),
        ("SERVER_PORT", port.to_string()),
        ("SERVER_PROTOCOL", "RFC1436".to_owned()),
    ];
    let mut variables = ends.variables();
    variables.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    variables
}

impl Form {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Form::Text(text) => text.take(bytes),
            Form::Menu(menu) => menu.take(bytes),
            Form::Bytes => bytes.to_vec(),
        }
    }

    fn end(self) -> Vec<u8> {
        match self {
            Form::Text(text) => text.end(),
            Form::Menu(menu) => menu.end(),
            Form::Bytes => Vec::new(),
        }
    }
}
