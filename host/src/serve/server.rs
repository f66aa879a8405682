//! A server: what it serves, where, and until when.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::PerLine;
use crate::capability::stdio::Stdio;
use crate::error::{Class, Error, Result};
use crate::serve::accesslog::AccessLog;
use crate::serve::admin::counting;
use crate::serve::admission::Admission;
use crate::serve::event::{Event, Listener as Hearing};
use crate::serve::events;
use crate::serve::generation::Current;
use crate::serve::limits::Limits;
use crate::serve::listen::{Crowd, Listener, Speech};
use crate::serve::metrics::Metrics;
use crate::serve::plain::Use;
use crate::serve::service::{Kind, Service, Setting};
use crate::serve::shared::Shared;
use crate::serve::site::Served;
use crate::serve::tls::Tls;

/// A server that doesn't stand anywhere yet.
pub struct Server {
    served: Served,
    http: Vec<String>,
    plain: Vec<(Place, Use)>,
    admin: Vec<String>,
    log: Option<AccessLog>,
    tls: Option<Tls>,
    limits: Limits,
    stdio: Stdio,
    events: Hearing,
    content_type: Option<String>,
    drain: Duration,
}

/// Where a listener stands.
enum Place {
    /// `HOST:PORT`.
    Tcp(String),
    /// A path.
    Unix(PathBuf),
}

/// A server whose listeners are bound.
pub struct Bound {
    listeners: Vec<Listener>,
    shared: Arc<Shared>,
    tls: Option<Tls>,
    draining: watch::Sender<bool>,
    drain: Duration,
}

/// A hold on a server while it serves. Clones hold the same one.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
    tls: Option<Tls>,
}

impl Server {
    /// A server of a program that [`link_service`](crate::runtime::Loaded::link_service) linked.
    pub fn new(served: impl Into<Served>) -> Server {
        Server {
            served: served.into(),
            http: Vec::new(),
            plain: Vec::new(),
            admin: Vec::new(),
            log: None,
            tls: None,
            limits: Limits::default(),
            stdio: Stdio::nothing(),
            events: Hearing::default(),
            content_type: None,
            drain: Duration::from_secs(30),
        }
    }

    /// Listens for HTTP at `HOST:PORT`, too; port 0 lets the system choose.
    pub fn http(mut self, place: impl Into<String>) -> Server {
        self.http.push(place.into());
        self
    }

    /// Listens for connections of TCP at `HOST:PORT`, too. Each is a guest's from one end to the
    /// other, or given to guests by lines.
    pub fn tcp(mut self, place: impl Into<String>, by_lines: Option<PerLine>) -> Server {
        self.plain.push((Place::Tcp(place.into()), by_lines.map_or(Use::Whole, Use::Lines)));
        self
    }

    /// [`tcp`](Server::tcp) at a Unix socket, which is made; a program that answers HTTP requests
    /// gets those there.
    pub fn unix(mut self, path: impl Into<PathBuf>, by_lines: Option<PerLine>) -> Server {
        self.plain.push((Place::Unix(path.into()), by_lines.map_or(Use::Whole, Use::Lines)));
        self
    }

    /// Listens for Gopher at `HOST:PORT`, too.
    pub fn gopher(mut self, place: impl Into<String>) -> Server {
        self.plain.push((Place::Tcp(place.into()), Use::Gopher));
        self
    }

    /// Says at `HOST:PORT` whether it lives and what it counted: `/healthz`, `/readyz`, `/metrics`.
    pub fn admin(mut self, place: impl Into<String>) -> Server {
        self.admin.push(place.into());
        self
    }

    /// Logs each HTTP request.
    pub fn access_log(mut self, log: AccessLog) -> Server {
        self.log = Some(log);
        self
    }

    /// Secures all listeners but Unix sockets.
    pub fn tls(mut self, tls: Tls) -> Server {
        self.tls = Some(tls);
        self
    }

    /// What peers may take up.
    pub fn limits(mut self, limits: Limits) -> Server {
        self.limits = limits;
        self
    }

    /// Where guests' standard output and error go beside their answers.
    pub fn stdio(mut self, stdio: Stdio) -> Server {
        self.stdio = stdio;
        self
    }

    /// Who hears of what happens.
    pub fn listener(mut self, events: Hearing) -> Server {
        self.events = events;
        self
    }

    /// What the replies of a filter are said to be, if they aren't just bytes. A command is one, too,
    /// if this is said; else it speaks CGI.
    pub fn content_type(mut self, text: impl Into<String>) -> Server {
        self.content_type = Some(text.into());
        self
    }

    /// How long requests that are under way may go on when the server ends.
    pub fn drain(mut self, drain: Duration) -> Server {
        self.drain = drain;
        self
    }

    /// Opens what guests use, and binds the listeners. From here on it opens no more.
    ///
    /// # Errors
    /// `Class::Usage` when there is nowhere to listen, or the program can't be asked there;
    /// `Class::Host` when a listener can't be bound, and what opening says.
    pub fn bind(self) -> Result<Bound> {
        let content_type = self.content_type.as_deref().map(|text| {
            HeaderValue::from_str(text)
                .map_err(|_| Error::new(Class::Usage, format!("`{text}` is no content type")))
        });
        let content_type = content_type.transpose()?;
        let metrics = Metrics::default();
        let events = counting(metrics.clone(), self.events);
        let setting =
            Setting { stdio: self.stdio, events: events.clone(), reuse: self.limits.reuse };
        let current = Current::new(self.served, setting)?;
        let (service, site) = (current.get().service.clone(), current.get().site.clone());
        if let (Kind::Handler, false, false) =
            (service.kind(), self.http.is_empty(), site.has_http())
        {
            let what = format!("`{}` is handed connections, and no HTTP requests", service.name());
            return Err(Error::new(Class::Usage, what).hint("serve it with `--tcp ADDR`"));
        }
        for (place, how) in &self.plain {
            let routed = if *how == Use::Gopher { site.has_gopher() } else { site.has_plain() };
            if !routed {
                fits(&service, place, *how)?;
            }
        }
        if self.http.is_empty() && self.plain.is_empty() && site.events.is_empty() {
            return Err(Error::new(Class::Usage, "there is nowhere to listen")
                .hint("say where: `--http 127.0.0.1:8080`, `--tcp`, `--unix` or `--gopher`"));
        }

        let tls = || self.tls.clone();
        let bind = |place: &String| Listener::tcp(place, Speech::Http, tls());
        let mut listeners = self.http.iter().map(bind).collect::<Result<Vec<_>>>()?;
        for (place, how) in &self.plain {
            let speech = match service.kind() {
                Kind::Http if *how == Use::Whole && !site.has_plain() => Speech::Http,
                _ => Speech::Plain(*how),
            };
            listeners.push(match place {
                Place::Tcp(place) => Listener::tcp(place, speech, tls())?,
                Place::Unix(path) => Listener::unix(path, speech)?,
            });
        }
        for place in &self.admin {
            listeners.push(Listener::tcp(place, Speech::Admin, None)?);
        }
        let (draining, drain) = watch::channel(false);
        let shared = Arc::new(Shared {
            admission: Admission::new(&self.limits),
            limits: self.limits,
            current,
            events,
            metrics,
            log: self.log,
            drain,
            content_type,
        });
        Ok(Bound { listeners, shared, tls: self.tls, draining, drain: self.drain })
    }

    /// [`bind`](Server::bind), then [`serve`](Bound::serve).
    ///
    /// # Errors
    /// As both.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<()> {
        self.bind()?.serve(shutdown).await
    }
}

/// Whether a program can be asked at a listener.
fn fits(service: &Service, place: &Place, how: Use) -> Result<()> {
    let what = match (service.kind(), place, how) {
        (Kind::Http, Place::Unix(_), Use::Whole) => return Ok(()),
        (Kind::Http, ..) => "answers HTTP requests, and nothing else",
        (Kind::Handler, _, Use::Lines(_)) => "is handed connections, and no lines",
        (Kind::Handler, _, Use::Gopher) => "is handed connections, and no selectors",
        _ => return Ok(()),
    };
    Err(Error::new(Class::Usage, format!("`{}` {what}", service.name()))
        .hint("serve it by `--http`, or with `--tcp` alone"))
}

impl Bound {
    /// Where it listens, as URLs.
    pub fn urls(&self) -> Vec<String> {
        self.listeners.iter().map(Listener::url).collect()
    }

    /// A hold on it.
    pub fn control(&self) -> Control {
        Control { shared: self.shared.clone(), tls: self.tls.clone() }
    }

    /// Serves until `shutdown`; then nothing more is begun, and what is under way has the time of
    /// [`drain`](Server::drain) to end. Dropping the future ends everything at once.
    ///
    /// # Errors
    /// `Class::Program` when no instance starts, `Class::Host` when a listener fails.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<()> {
        let Bound { listeners, shared, draining, drain, .. } = self;
        shared.current.get().probe().await?;
        for listener in &listeners {
            shared.events.emit(Event::Listening { url: listener.url() });
        }

        let crowd = Crowd::new(shared.clone());
        let mut accepting = JoinSet::new();
        let mut events = JoinSet::new();
        for event in &shared.current.get().site.events {
            events.spawn(events::serve(shared.clone(), event.clone()));
        }
        for listener in listeners {
            let crowd = crowd.clone();
            accepting.spawn(async move {
                let mut tasks = JoinSet::new();
                let accepted = listener.accept(crowd, &mut tasks).await;
                (accepted, tasks)
            });
        }
        tokio::pin!(shutdown);
        let failed = tokio::select! {
            biased;
            () = &mut shutdown => Ok(()),
            Some(ended) = accepting.join_next() => match ended {
                Ok((accepted, _)) => accepted,
                Err(error) => Err(Error::new(Class::Host, "a listener broke off").cause(error)),
            },
        };

        shared.events.emit(Event::Draining);
        draining.send_replace(true);
        let rest = async {
            while events.join_next().await.is_some() {}
            while let Some(ended) = accepting.join_next().await {
                if let Ok((_, mut tasks)) = ended {
                    while tasks.join_next().await.is_some() {}
                }
            }
        };
        if timeout(drain, rest).await.is_err() {
            let why = format!("requests that took longer than {drain:?} were cut");
            shared.events.emit(Event::Impaired { why });
        }
        failed
    }
}

impl Control {
    /// Has new requests go to `served`, if it starts and is asked as the program before it; requests
    /// that are under way end where they began. Gives its number.
    ///
    /// # Errors
    /// When it can't replace that one, which stays.
    pub async fn swap(&self, served: impl Into<Served>) -> Result<u64> {
        self.shared.current.swap(served.into()).await
    }

    /// Opens the access log's file anew, as after it was renamed.
    pub fn reopen_log(&self) {
        if let Some(log) = &self.shared.log {
            log.reopen();
        }
    }

    /// Reads the certificate again, if there is one.
    ///
    /// # Errors
    /// As [`Tls::reload`].
    pub fn reload_certificate(&self) -> Result<()> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// The generation of the program that new requests go to, from 1 on.
    pub fn generation(&self) -> u64 {
        self.shared.current.get().number
    }
}
