//! `forebay serve`: serves a program until a signal says so.

use std::sync::Arc;
use std::time::Duration;

use forebay::app::PerLine;
use forebay::error::{Class, Error, Result};
use forebay::serve::{Bound, Control, Served, Server, Tls};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::access;
use crate::args::{Per, Serve};
use crate::exit::Status;
use crate::limits;
use crate::loader::Loader;
use crate::report::{Printer, Teller};
use crate::settings;

/// Where programs that answer HTTP requests are served if nothing is said.
const PLACE: &str = "127.0.0.1:8080";
/// How often a file is looked at that is watched.
const LOOK: Duration = Duration::from_millis(250);

/// Runs the command.
pub fn run(flags: Serve, printer: &Printer) -> Result<Status> {
    let flags = Arc::new(flags);
    raise_descriptors();
    let loader = Loader::start(flags.clone(), *printer)?;
    let linked = loader.load_blocking()?;
    let failed = |error| Error::new(Class::Host, "cannot start the host's threads").cause(error);
    let teller = Teller::start(*printer).map_err(failed)?;
    let bound = server(&flags, linked, printer)?.listener(teller.listener()).bind()?;

    let executor = Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let ended = executor.block_on(serve(bound, &loader, flags.watch, printer));
    // What blocks in a system call must not hold us.
    executor.shutdown_background();
    teller.finish();
    ended
}

fn server(flags: &Serve, linked: Served, printer: &Printer) -> Result<Server> {
    // A manifest may have guests for events and nothing else.
    let by_http = linked.events.is_empty() || !linked.routes.is_empty();
    let mut server = Server::new(linked)
        .limits(limits::of(&flags.limits))
        .stdio(settings::stdio(&flags.grants))
        .drain(flags.drain);
    if let Some(log) = access::log(flags, *printer)? {
        server = server.access_log(log);
    }
    server = flags.admin.iter().cloned().fold(server, Server::admin);
    if let Some(content_type) = &flags.content_type {
        server = server.content_type(content_type);
    }
    if let (Some(certificate), Some(key)) = (&flags.tls_cert, &flags.tls_key) {
        server = server.tls(Tls::open(certificate, key)?);
    }
    let by_lines = match (flags.per, flags.keep_open) {
        (Per::Connection, false) => None,
        (Per::Connection, true) => {
            return Err(Error::new(Class::Usage, "`--keep-open` is for `--per line`"));
        }
        (Per::Line, false) => Some(PerLine::First),
        (Per::Line, true) => Some(PerLine::Each),
    };
    if by_lines.is_some() && flags.tcp.is_empty() && flags.unix.is_empty() {
        return Err(Error::new(Class::Usage, "`--per line` is for `--tcp` and `--unix`"));
    }
    server = flags.tcp.iter().fold(server, |server, place| server.tcp(place, by_lines));
    server = flags.unix.iter().fold(server, |server, path| server.unix(path, by_lines));
    server = flags.gopher.iter().cloned().fold(server, Server::gopher);

    let elsewhere = [flags.tcp.len(), flags.unix.len(), flags.gopher.len()].iter().any(|n| *n > 0);
    let default = (flags.http.is_empty() && !elsewhere && by_http).then(|| PLACE.to_owned());
    Ok(flags.http.iter().cloned().chain(default).fold(server, Server::http))
}

/// Serves until a signal says so, and reloads when one does.
async fn serve(bound: Bound, loader: &Loader, watch: bool, printer: &Printer) -> Result<Status> {
    let failed = |error| Error::new(Class::Host, "cannot listen for signals").cause(error);
    let hear = |kind| signal(kind).map_err(failed);
    let (mut hangup, mut interrupt) = (hear(SignalKind::hangup())?, hear(SignalKind::interrupt())?);
    let mut terminate = hear(SignalKind::terminate())?;

    let control = bound.control();
    let (end, ending) = oneshot::channel::<()>();
    let shutdown = async {
        // It's dropped only with this.
        let _ = ending.await;
    };
    let serving = bound.serve(shutdown);
    tokio::pin!(serving);
    let mut end = Some(end);
    let mut looking = tokio::time::interval(LOOK);
    let mut reloading = None;
    loop {
        tokio::select! {
            biased;
            served = &mut serving => return served.map(|()| Status::Success),
            status = ended(&mut interrupt, &mut terminate) => match end.take() {
                Some(end) => drop(end.send(())),
                None => return Ok(status),
            },
            Some(()) = hangup.recv() => {
                reloading.get_or_insert_with(|| Box::pin(reload(&control, loader, *printer)));
            }
            _ = looking.tick(), if watch && reloading.is_none() => {
                if loader.has_changed() {
                    reloading = Some(Box::pin(reload(&control, loader, *printer)));
                }
            }
            () = async { reloading.as_mut().expect("it's asked first").await },
                if reloading.is_some() => reloading = None,
        }
    }
}

/// Waits for a signal that ends us.
async fn ended(interrupt: &mut Signal, terminate: &mut Signal) -> Status {
    tokio::select! {
        _ = interrupt.recv() => Status::Interrupted,
        _ = terminate.recv() => Status::Terminated,
    }
}

/// Loads the program anew and has new requests go to it. What goes wrong is told; the old one stays.
async fn reload(control: &Control, loader: &Loader, printer: Printer) {
    control.reopen_log();
    if let Err(error) = control.reload_certificate() {
        printer.not_reloaded(&error);
    }
    match loader.load().await {
        // The server tells how this ends.
        Ok(linked) => drop(control.swap(linked).await),
        Err(error) => printer.not_reloaded(&error),
    }
}

/// A server's connections are descriptors, as many as the system gives.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // With fewer, accepting waits for connections to end.
    let _ = setrlimit(Resource::Nofile, raised);
}
