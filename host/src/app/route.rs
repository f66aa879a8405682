//! Routes of a manifest, `[route."PATTERN"]`: which requests and connections go to which guest, or
//! to files. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::app::pattern::Pattern;
use crate::names::nearest_of;

/// A route.
#[derive(Clone, Debug)]
pub struct RouteSpec {
    /// As it's written.
    pub name: String,
    /// What it's for.
    pub pattern: Pattern,
    /// Who answers.
    pub target: RouteTarget,
}

/// Who answers what a route is for.
#[derive(Clone, Debug)]
pub enum RouteTarget {
    /// A guest.
    Guest(GuestRoute),
    /// The files beneath a directory.
    Files {
        /// The directory.
        folder: PathBuf,
        /// What is shown for a directory.
        index: String,
    },
}

/// A guest that answers, and how.
#[derive(Clone, Debug, Default)]
pub struct GuestRoute {
    /// Its name.
    pub guest: String,
    /// The type of what it returns, over HTTP, if it's a filter or the like.
    pub content_type: Option<String>,
    /// What it returns over Gopher.
    pub kind: Option<GopherKind>,
    /// Whether it's run for each line of a connection, and how often.
    pub per_line: Option<PerLine>,
    /// Its arguments as a CGI program: words with `${SCRIPT_NAME}` and `${ARGS}`.
    pub argv: Option<String>,
}

/// What an item of Gopher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GopherKind {
    /// Text (`0`).
    Text,
    /// A menu (`1`).
    Menu,
    /// A menu made from words that are searched for (`7`).
    Search,
    /// Bytes to the end of the connection (`9`).
    Binary,
}

/// How a guest is run for lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerLine {
    /// The first line is answered, then the connection is closed.
    First,
    /// Each line is answered until the client ends.
    Each,
}

/// A route's table, as it's written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RouteTable {
    guest: Option<String>,
    files: Option<PathBuf>,
    index: Option<String>,
    content_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<GopherKind>,
    per: Option<Per>,
    keep_open: Option<bool>,
    argv: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Per {
    Connection,
    Line,
}

/// The routes, and what is wrong with them. Paths start at `folder`.
pub(super) fn read<'a>(
    tables: BTreeMap<String, RouteTable>,
    folder: &Path,
    guests: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Vec<String>,
) -> Vec<RouteSpec> {
    let mut routes = Vec::<RouteSpec>::new();
    let mut seen = Vec::<(String, Pattern)>::new();
    for (name, table) in tables {
        let mut add = |why: String| problems.push(format!("route `{name}`: {why}"));
        let Ok(pattern) = name.parse::<Pattern>().map_err(|error| add(error.to_string())) else {
            continue;
        };
        if let Some((same, _)) = seen.iter().find(|(_, own)| *own == pattern) {
            add(format!("it's for the same as `{same}`"));
        }
        seen.push((name.clone(), pattern.clone()));

        table.misplaced(&pattern).into_iter().for_each(&mut add);
        if let Some(guest) =
            table.guest.as_deref().filter(|own| guests.clone().all(|name| name != *own))
        {
            let near = nearest_of(guest, guests.clone());
            let near = near.map(|near| format!("; is it `{near}`?")).unwrap_or_default();
            add(format!("there is no guest `{guest}`{near}"));
        }
        match table.target(folder) {
            Ok(target) => routes.push(RouteSpec { name, pattern, target }),
            Err(why) => add(why),
        }
    }
    routes
}

impl RouteTable {
    /// The keys that mean nothing here.
    fn misplaced(&self, pattern: &Pattern) -> Vec<String> {
        let http = matches!(pattern, Pattern::Http { .. });
        let gopher = matches!(pattern, Pattern::Gopher(_));
        let plain = matches!(pattern, Pattern::Tcp(_) | Pattern::Unix(_));
        let to_guest = self.guest.is_some();
        let by_line = self.per == Some(Per::Line);
        let keys = [
            ("files", self.files.is_some(), http, "HTTP"),
            ("index", self.index.is_some(), http && !to_guest, "files over HTTP"),
            ("content-type", self.content_type.is_some(), http && to_guest, "guests over HTTP"),
            ("argv", self.argv.is_some(), http && to_guest, "guests over HTTP"),
            ("type", self.kind.is_some(), gopher && to_guest, "guests over Gopher"),
            ("per", self.per.is_some(), plain, "`tcp:` and `unix:`"),
            ("keep-open", self.keep_open.is_some(), plain && by_line, "`per = \"line\"`"),
        ];
        let wrong = keys.into_iter().filter(|(_, there, fits, _)| *there && !fits);
        wrong.map(|(key, _, _, what)| format!("`{key}` is for {what}")).collect()
    }

    fn target(self, folder: &Path) -> Result<RouteTarget, String> {
        match (self.guest, self.files) {
            (Some(guest), None) => Ok(RouteTarget::Guest(GuestRoute {
                guest,
                content_type: self.content_type,
                kind: self.kind,
                per_line: (self.per == Some(Per::Line)).then_some(match self.keep_open {
                    Some(true) => PerLine::Each,
                    _ => PerLine::First,
                }),
                argv: self.argv,
            })),
            (None, Some(files)) => {
                let index = self.index.unwrap_or_else(|| "index.html".into());
                if index.contains('/') || index.is_empty() {
                    return Err(format!("`index` names a file in the directory, not `{index}`"));
                }
                Ok(RouteTarget::Files { folder: folder.join(files), index })
            }
            _ => Err("say who answers: `guest = \"NAME\"` or `files = \"DIR\"`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Vec<RouteSpec>, Vec<String>> {
        let tables = toml::from_str(text).unwrap();
        let mut problems = Vec::new();
        let guests = ["api", "time"].into_iter();
        let routes = read(tables, Path::new("/x"), guests, &mut problems);
        if problems.is_empty() { Ok(routes) } else { Err(problems) }
    }

    #[test]
    fn routes_are_read_with_what_they_are_for() {
        let routes = check(
            r#"["/api/*"]
               guest = "api"
               content-type = "text/plain"
               ["gopher:/time"]
               guest = "time"
               type = "text"
               ["tcp:"]
               guest = "time"
               per = "line"
               keep-open = true
               ["example.com/*"]
               files = "./public""#,
        )
        .unwrap();
        let of = |name: &str| &routes.iter().find(|route| route.name == name).unwrap().target;
        let guest = |name: &str| match of(name) {
            RouteTarget::Guest(guest) => guest.clone(),
            RouteTarget::Files { .. } => panic!("{name} has files"),
        };
        assert_eq!(guest("/api/*").content_type.as_deref(), Some("text/plain"));
        assert_eq!(guest("gopher:/time").kind, Some(GopherKind::Text));
        assert_eq!(guest("tcp:").per_line, Some(PerLine::Each));
        assert!(matches!(of("example.com/*"), RouteTarget::Files { folder, index }
            if folder == Path::new("/x/./public") && index == "index.html"));
    }

    #[test]
    fn what_is_wrong_is_told_at_once() {
        let problems = check(
            r#"["/a"]
               guest = "tmie"
               type = "text"
               ["/a/*"]
               files = "x"
               content-type = "x"
               argv = "x"
               index = "a/b"
               ["/a/..."]
               files = "x"
               ["/b%20c"]
               guest = "api"
               keep-open = true
               ["/b c"]
               guest = "api"
               files = "y"
               ["tcp:"]
               files = "x"
               keep-open = true
               ["nowhere"]
               guest = "api""#,
        )
        .unwrap_err()
        .join("\n");
        for part in [
            "route `/a`: there is no guest `tmie`; is it `time`?",
            "route `/a`: `type` is for guests over Gopher",
            "route `/a/*`: `content-type` is for guests over HTTP",
            "route `/a/*`: `argv` is for",
            "route `/a/*`: `index` names a file",
            "route `/b%20c`: `keep-open` is for `per = \"line\"`",
            "route `/b%20c`: it's for the same as `/b c`",
            "route `/b c`: say who answers",
            "route `tcp:`: `files` is for HTTP",
            "route `nowhere`: `nowhere` is no route",
        ] {
            assert!(problems.contains(part), "{part}:\n{problems}");
        }
    }
}
