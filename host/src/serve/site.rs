//! What a server serves: a main program, and other guests and files by routes and events.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::{
    App, EventSpec, GuestRoute, HostName, Pattern, RequestPath, RouteSpec, RouteTarget,
};
use crate::error::{Class, Error, Result};
use crate::policy::Grants;
use crate::runtime::{Linked, Loaded, Runtime};
use crate::serve::files::{Files, Folder};
use crate::serve::route::Routes;
use crate::serve::service::{Kind, Service, Setting};

/// What is served.
#[derive(Clone)]
pub struct Served {
    /// The program that answers what no route is for.
    pub main: Linked,
    /// Its name among the guests, if it's one of them.
    pub name: Option<String>,
    /// The guests of routes and events, by name.
    pub guests: BTreeMap<String, Linked>,
    /// Who answers what.
    pub routes: Vec<RouteSpec>,
    /// Who is run when something happens.
    pub events: Vec<EventSpec>,
}

impl From<Linked> for Served {
    fn from(main: Linked) -> Self {
        let (routes, events) = (Vec::new(), Vec::new());
        Served { main, name: None, guests: BTreeMap::new(), routes, events }
    }
}

impl Served {
    /// Links an app, and each guest of its routes and events with those that it needs. `link`
    /// chooses what of a guest is started.
    ///
    /// # Errors
    /// As [`App::link_blocking`].
    pub fn link_blocking(
        app: &App,
        runtime: &Runtime,
        link: impl Fn(Loaded, &Grants) -> Result<Linked>,
    ) -> Result<Served> {
        let by_routes = app.routes().iter().filter_map(|route| match &route.target {
            RouteTarget::Guest(guest) => Some(&guest.guest),
            RouteTarget::Files { .. } => None,
        });
        let mut names: Vec<String> = vec![app.main().name.clone()];
        for name in by_routes.chain(app.events().iter().map(|event| &event.guest)) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        if app.routes().is_empty() && app.events().is_empty() {
            return Ok(app.link_blocking(runtime, link)?.into());
        }

        let mut guests = BTreeMap::new();
        for (name, part) in names.iter().zip(app.parts(&names, runtime.adapting())?) {
            guests.insert(name.clone(), part.link_blocking(runtime, &link)?);
        }
        let (main, name) = (guests[&names[0]].clone(), names.into_iter().next());
        let (routes, events) = (app.routes().to_vec(), app.events().to_vec());
        Ok(Served { main, name, guests, routes, events })
    }
}

/// What is served, open.
pub(super) struct Site {
    routes: Routes,
    services: BTreeMap<String, Arc<Service>>,
    /// By the names of their routes.
    files: BTreeMap<String, Files>,
    pub events: Vec<EventSpec>,
}

/// Who answers a request.
pub(super) enum Answerer<'a> {
    /// The main program, since no route is for such requests.
    Main,
    /// A guest; the route names so many parts of the path.
    Guest(Arc<Service>, &'a RouteSpec, &'a GuestRoute, usize),
    /// Files; the route names so many parts of the path.
    Files(&'a Files, &'a RouteSpec, usize),
    /// Nobody.
    Nobody,
}

impl Site {
    /// Opens what guests and routes use.
    ///
    /// # Errors
    /// As [`Service::new`] and [`Folder::open`]; `Class::Usage` when a guest can't answer what its
    /// route is for.
    pub fn new(served: Served, main: &Arc<Service>, setting: &Setting) -> Result<Site> {
        let Served { name, guests, routes, events, .. } = served;
        let mut services = BTreeMap::new();
        for (guest, linked) in guests {
            let is_main = name.as_ref() == Some(&guest);
            let own = if is_main { main.clone() } else { Arc::new(Service::new(linked, setting)?) };
            services.insert(guest, own);
        }

        let mut files = BTreeMap::new();
        for route in &routes {
            match &route.target {
                RouteTarget::Files { folder, index } => {
                    files.insert(route.name.clone(), Files::new(Folder::open(folder)?, index));
                }
                RouteTarget::Guest(guest) => fits(route, services[&guest.guest].kind())?,
            }
        }
        for event in &events {
            if let Kind::Http | Kind::Handler = services[&event.guest].kind() {
                let what = format!("event `{}` can't run `{}`", event.name, event.guest);
                return Err(Error::new(Class::Usage, what)
                    .cause("it answers requests or connections")
                    .hint("give an event a command, or a function that reads a stream"));
            }
        }
        Ok(Site { routes: Routes::new(routes), services, files, events })
    }

    /// The guests besides the main one.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    /// The guest of that name.
    pub fn service(&self, guest: &str) -> Option<Arc<Service>> {
        self.services.get(guest).cloned()
    }

    fn has(&self, is: impl Fn(&Pattern) -> bool) -> bool {
        self.routes.iter().any(|route| is(&route.pattern))
    }

    /// Whether there are routes of HTTP.
    pub fn has_http(&self) -> bool {
        self.has(|pattern| matches!(pattern, Pattern::Http { .. }))
    }

    /// Whether there are routes of Gopher.
    pub fn has_gopher(&self) -> bool {
        self.has(|pattern| matches!(pattern, Pattern::Gopher(_)))
    }

    /// Whether there are routes of connections.
    pub fn has_plain(&self) -> bool {
        self.has(|pattern| matches!(pattern, Pattern::Tcp(_) | Pattern::Unix(_)))
    }

    /// Who answers an HTTP request.
    pub fn http(&self, host: &HostName, path: &RequestPath) -> Answerer<'_> {
        if !self.has_http() {
            return Answerer::Main;
        }
        self.routes
            .http(host, path)
            .map_or(Answerer::Nobody, |found| self.of(found.route, found.named))
    }

    /// Who is behind a selector.
    pub fn gopher(&self, path: &RequestPath) -> Answerer<'_> {
        if !self.has_gopher() {
            return Answerer::Main;
        }
        self.routes.gopher(path).map_or(Answerer::Nobody, |found| self.of(found.route, found.named))
    }

    /// Who serves a connection to a port, or else to the socket at a path.
    pub fn plain(&self, port: Option<u16>, socket: &str) -> Answerer<'_> {
        if !self.has_plain() {
            return Answerer::Main;
        }
        let route = match port {
            Some(port) => self.routes.tcp(port),
            None => self.routes.unix(socket),
        };
        route.map_or(Answerer::Nobody, |route| self.of(route, 0))
    }

    fn of<'a>(&'a self, route: &'a RouteSpec, named: usize) -> Answerer<'a> {
        match &route.target {
            RouteTarget::Guest(guest) => match self.service(&guest.guest) {
                Some(service) => Answerer::Guest(service, route, guest, named),
                None => Answerer::Nobody,
            },
            RouteTarget::Files { .. } => match self.files.get(&route.name) {
                Some(files) => Answerer::Files(files, route, named),
                None => Answerer::Nobody,
            },
        }
    }
}

/// Whether a guest can answer what its route is for.
fn fits(route: &RouteSpec, kind: &Kind) -> Result<()> {
    let by_lines = matches!(&route.target, RouteTarget::Guest(guest) if guest.per_line.is_some());
    let what = match (&route.pattern, kind) {
        (Pattern::Http { .. }, Kind::Handler) => "is handed connections, and no HTTP requests",
        (Pattern::Gopher(_), Kind::Handler) => "is handed connections, and no selectors",
        (Pattern::Tcp(_) | Pattern::Unix(_), Kind::Handler) if by_lines => {
            "is handed connections, and no lines"
        }
        (Pattern::Gopher(_) | Pattern::Tcp(_) | Pattern::Unix(_), Kind::Http) => {
            "answers HTTP requests, and nothing else"
        }
        _ => return Ok(()),
    };
    let RouteTarget::Guest(guest) = &route.target else { return Ok(()) };
    Err(Error::new(Class::Usage, format!("route `{}`: `{}` {what}", route.name, guest.guest)))
}
