//! Which route a request or a connection takes: the most specific one that is for it. Pure.

use crate::app::{HostName, Pattern, RequestPath, RouteSpec};

/// The routes of a server, the most specific ones first.
#[derive(Clone, Debug, Default)]
pub struct Routes(Vec<RouteSpec>);

/// A route that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a RouteSpec,
    /// How many parts of the path it names; what follows is beneath it.
    pub named: usize,
}

impl Routes {
    /// Puts routes in order.
    pub fn new(mut routes: Vec<RouteSpec>) -> Routes {
        routes.sort_by_key(|route| std::cmp::Reverse(route.pattern.rank()));
        Routes(routes)
    }

    /// The routes, the most specific ones first.
    pub fn iter(&self) -> impl Iterator<Item = &RouteSpec> {
        self.0.iter()
    }

    /// The route of an HTTP request.
    pub fn http(&self, host: &HostName, path: &RequestPath) -> Option<Found<'_>> {
        self.0.iter().find_map(|route| match &route.pattern {
            Pattern::Http { path: own, .. }
                if route.pattern.is_for_host(host) && own.is_for(path) =>
            {
                Some(Found { route, named: own.named() })
            }
            _ => None,
        })
    }

    /// The route of a selector.
    pub fn gopher(&self, path: &RequestPath) -> Option<Found<'_>> {
        self.0.iter().find_map(|route| match &route.pattern {
            Pattern::Gopher(own) if own.is_for(path) => Some(Found { route, named: own.named() }),
            _ => None,
        })
    }

    /// The route of connections to a port.
    pub fn tcp(&self, port: u16) -> Option<&RouteSpec> {
        let is_for = |route: &&RouteSpec| matches!(route.pattern, Pattern::Tcp(own) if own.is_none_or(|own| own == port));
        self.0.iter().find(is_for)
    }

    /// The route of connections to a Unix socket, by the path that it was given.
    pub fn unix(&self, socket: &str) -> Option<&RouteSpec> {
        let is_for = |route: &&RouteSpec| match &route.pattern {
            Pattern::Unix(own) => own.as_ref().is_none_or(|own| own == socket),
            _ => false,
        };
        self.0.iter().find(is_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{GuestRoute, RouteTarget};

    fn routes(names: &[&str]) -> Routes {
        let route = |name: &&str| RouteSpec {
            name: (*name).to_owned(),
            pattern: name.parse().unwrap(),
            target: RouteTarget::Guest(GuestRoute::default()),
        };
        Routes::new(names.iter().map(route).collect())
    }

    #[test]
    fn the_most_specific_route_is_taken_whatever_their_order() {
        let routes = routes(&[
            "/*",
            "/api/*",
            "/api/v1/*",
            "/api/v1/x",
            "example.com/api/*",
            "*.example.com/only/*",
            "gopher:/*",
            "gopher:/time",
            "tcp:",
            "tcp:80",
            "unix:",
            "unix:/run/x",
        ]);
        let http = |host: &str, path: &str| {
            let path = RequestPath::http(path).unwrap();
            routes.http(&host.parse().unwrap(), &path).map(|found| found.route.name.as_str())
        };
        for (host, path, route) in [
            ("a", "/", "/*"),
            ("a", "/api", "/api/*"),
            ("a", "/apix", "/*"),
            ("a", "//api/%76%31/y", "/api/v1/*"),
            ("a", "/api/v1/x", "/api/v1/x"),
            ("a", "/api/v1/x/", "/api/v1/*"),
            ("example.com", "/api/v1/x", "example.com/api/*"),
            ("example.com", "/other", "/*"),
            ("b.example.com", "/only", "*.example.com/only/*"),
            ("example.com", "/only", "/*"),
        ] {
            assert_eq!(http(host, path), Some(route), "{host} {path}");
        }

        let gopher =
            |selector: &[u8]| routes.gopher(&RequestPath::gopher(selector).unwrap()).unwrap();
        assert_eq!(gopher(b"/time").route.name, "gopher:/time");
        assert_eq!((gopher(b"").route.name.as_str(), gopher(b"x").named), ("gopher:/*", 0));
        assert_eq!(routes.tcp(80).unwrap().name, "tcp:80");
        assert_eq!(routes.tcp(81).unwrap().name, "tcp:");
        assert_eq!(routes.unix("/run/x").unwrap().name, "unix:/run/x");
        assert_eq!(routes.unix("/run/y").unwrap().name, "unix:");
    }

    #[test]
    fn what_no_route_is_for_has_none() {
        let routes = routes(&["a.com/x", "tcp:80", "gopher:/x"]);
        let path = RequestPath::http("/y").unwrap();
        assert!(routes.http(&"a.com".parse().unwrap(), &path).is_none());
        assert!(routes.tcp(81).is_none() && routes.unix("/x").is_none());
        assert!(routes.gopher(&RequestPath::gopher(b"/y").unwrap()).is_none());
    }
}
