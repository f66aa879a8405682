//! From a description to an app: programs are read, and guests added to those that it names.

use std::path::Path;
use std::sync::Arc;

use crate::app::manifest::Manifest;
use crate::app::missing;
use crate::app::route::RouteSpec;
use crate::app::sources::{Added, Sources};
use crate::app::spec::{self, GuestSpec};
use crate::app::trigger::EventSpec;
use crate::app::wac;
use crate::config::{Adapter, Legacy};
use crate::error::Result;
use crate::graph::{self, Graph, LinkOverride, guest_name};
use crate::load::Program;
use crate::stream::stdio::Stdio;

/// Guests with their programs, who is linked to whom, and what each may use.
#[derive(Clone, Debug)]
pub struct App {
    graph: Arc<Graph>,
    /// In the graph's order, the main one first.
    guests: Vec<GuestSpec>,
    /// Who answers what, when it's served.
    routes: Vec<RouteSpec>,
    /// Who is run when something happens, when it's served.
    events: Vec<EventSpec>,
}

/// Whether a file describes an app, and isn't a program itself: its name ends in `.toml` or `.wac`.
pub fn is_description(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml" || extension == "wac")
}

impl App {
    /// Reads what a file describes: a manifest (`.toml`), a composition (`.wac`), or else a
    /// program that is the main guest.
    ///
    /// # Errors
    /// `Class::Usage` and `Class::NotFound` for descriptions that can't be read, and what is wrong
    /// with a program that is named.
    pub fn open(path: impl AsRef<Path>, sources: &Sources) -> Result<App> {
        let path = path.as_ref();
        match path.extension() {
            Some(extension) if extension == "toml" => {
                App::from_manifest(Manifest::open(path)?, sources)
            }
            Some(extension) if extension == "wac" => {
                let graph = wac::open(path, sources)?;
                let guests = graph.guests().iter().map(|guest| GuestSpec::new(&guest.name));
                let guests = guests.collect();
                Ok(App::of(graph, guests))
            }
            _ => App::from_program(stem(path), sources.program(path)?, sources),
        }
    }

    /// The guests of a manifest.
    ///
    /// # Errors
    /// As [`open`](App::open).
    pub fn from_manifest(manifest: Manifest, sources: &Sources) -> Result<App> {
        let Manifest { main, guests, links, edges, routes, events, .. } = manifest;
        missing::check(guests.values())?;
        let mut app = Assembly::default();

        let (main, others): (Vec<_>, Vec<_>) =
            guests.into_values().partition(|guest| guest.name == main);
        for spec in main.into_iter().chain(others) {
            let mut program = sources.program_beside(&spec.source, app.bytes())?;
            if let Some(wit) = &spec.wit {
                program = program.lift(wit, spec.world.as_deref())?;
            }
            app.add(spec, program);
        }

        app.links = links;
        app.read_added(sources)?;
        let graph = edges.into_iter().fold(app.graph(), Graph::interpose);
        Ok(App { routes, events, ..App::of(graph, app.guests) })
    }

    /// A program as the main guest, under that name.
    ///
    /// # Errors
    /// What is wrong with a program that is added.
    pub fn from_program(name: String, program: Program, sources: &Sources) -> Result<App> {
        let source = program.name.clone().into();
        let mut app = Assembly::default();

        app.add(GuestSpec { source, ..GuestSpec::new(&name) }, program);
        app.read_added(sources)?;
        Ok(App::of(app.graph(), app.guests))
    }

    fn of(graph: Graph, guests: Vec<GuestSpec>) -> App {
        App { graph: Arc::new(graph), guests, routes: Vec::new(), events: Vec::new() }
    }

    /// Who answers what, when it's served.
    pub fn routes(&self) -> &[RouteSpec] {
        &self.routes
    }

    /// Who is run when something happens, when it's served.
    pub fn events(&self) -> &[EventSpec] {
        &self.events
    }

    /// For each of these guests, it as an app's main one, with the guests that it needs.
    ///
    /// # Errors
    /// As [`parts`](crate::graph::parts).
    pub fn parts(&self, mains: &[String], adapting: (Adapter, &Legacy)) -> Result<Vec<App>> {
        let part = |graph: Graph| {
            let own = graph.guests().iter();
            let spec = |name: &str| self.guests.iter().find(|spec| spec.name == name).cloned();
            let guests = own.filter_map(|guest| spec(&guest.name)).collect();
            App::of(graph, guests)
        };
        Ok(graph::parts(&self.graph, mains, adapting)?.into_iter().map(part).collect())
    }

    /// What is said of the guests, the main one first.
    pub fn guests(&self) -> &[GuestSpec] {
        &self.guests
    }

    /// The main guest.
    pub fn main(&self) -> &GuestSpec {
        self.guests.first().expect("an app has a main guest")
    }

    /// The main guest's standard streams: the process's own, where nothing is said.
    pub fn stdio(&self) -> Stdio {
        self.main().stdio_or(Stdio::inherit())
    }

    /// The guests' programs, their limits, and the links between them.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// Adds what is said besides of the guest of that name.
    ///
    /// # Errors
    /// `Class::Usage` when there is none.
    pub fn amend(&mut self, more: GuestSpec) -> Result<()> {
        let guest = spec::amend(&mut self.guests, more)?;
        Arc::make_mut(&mut self.graph).limit(&guest.name, &guest.allowance);
        Ok(())
    }
}

/// An app that is being read.
#[derive(Default)]
struct Assembly {
    guests: Vec<GuestSpec>,
    programs: Vec<Program>,
    links: Vec<LinkOverride>,
}

impl Assembly {
    fn add(&mut self, spec: GuestSpec, program: Program) {
        self.guests.push(spec);
        self.programs.push(program);
    }

    /// How many bytes its programs have.
    fn bytes(&self) -> u64 {
        self.programs.iter().map(|program| program.bytes.len() as u64).sum()
    }

    /// Reads the guests that are added. A file that is there already is the same guest, unless it's
    /// the main one.
    fn read_added(&mut self, sources: &Sources) -> Result<()> {
        for Added { name: import, source } in &sources.added {
            let known = self.guests.iter().skip(1).find(|guest| guest.source == *source);
            let provider = match known {
                Some(guest) => guest.name.clone(),
                None => {
                    let name = self.free_name(&stem(source));
                    let program = sources.program_beside(source, self.bytes())?;
                    let spec = GuestSpec { source: source.clone(), ..GuestSpec::new(&name) };
                    self.add(spec, program);
                    name
                }
            };

            let link =
                |import: &String| LinkOverride { guest: None, import: import.clone(), provider };
            self.links.extend(import.as_ref().map(link));
        }
        Ok(())
    }

    /// A name that no guest has: a number follows where one has it already.
    fn free_name(&self, name: &str) -> String {
        let taken = |name: &str| self.guests.iter().any(|guest| guest.name == name);
        let numbered = (2..).map(|number| guest_name(&format!("{name} {number}")));
        std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|name| !taken(name))
            .expect("numbers don't end")
    }

    /// The graph of what was read.
    fn graph(&mut self) -> Graph {
        let programs = std::mem::take(&mut self.programs);
        let guests = self.guests.iter().zip(programs);
        let mut graph =
            guests.fold(Graph::new(), |graph, (spec, program)| graph.guest(&spec.name, program));
        self.guests.iter().for_each(|spec| graph.limit(&spec.name, &spec.allowance));
        std::mem::take(&mut self.links).into_iter().fold(graph, Graph::choose)
    }
}

/// A guest's name, by its file.
fn stem(path: &Path) -> String {
    guest_name(&path.file_stem().unwrap_or_default().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Class;

    const GRAPH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/guests/graph");

    fn added(texts: &[String]) -> Sources {
        let added = texts.iter().map(|text| Added::read(text)).collect();
        Sources { added, ..Sources::default() }
    }

    fn names(app: &App) -> Vec<&str> {
        app.guests().iter().map(|guest| guest.name.as_str()).collect()
    }

    #[test]
    fn the_main_guest_comes_first_and_added_ones_get_names_of_their_own() {
        let mesh = format!("{GRAPH}/mesh.wat");
        let again = format!("acme:mesh/route={mesh}");
        let app = App::open(format!("{GRAPH}/app.wat"), &added(&[mesh.clone(), again])).unwrap();
        assert_eq!(names(&app), ["app", "mesh"]);

        // The main guest's own file, added, is a second guest.
        let twice = App::open(&mesh, &added(&[mesh.clone()])).unwrap();
        assert_eq!(names(&twice), ["mesh", "mesh-g2"]);
        assert_eq!(twice.main().source, Path::new(&mesh));
        assert_eq!(twice.graph().guests()[1].program.name, mesh);
    }

    #[test]
    fn limits_that_are_said_later_reach_the_graph() {
        let text = format!(
            "main = \"b\"\n[guest.a]\nsource = \"{GRAPH}/mesh.wat\"\nlimits = {{ memory = \"1MiB\" }}\n\
             [guest.b]\nsource = \"{GRAPH}/app.wat\""
        );
        let manifest = Manifest::parse("forebay.toml", &text, Path::new("")).unwrap();
        let mut app = App::from_manifest(manifest, &Sources::default()).unwrap();
        assert_eq!(names(&app), ["b", "a"]);
        let limit = |app: &App, index: usize| app.graph().guests()[index].allowance.memory;
        assert_eq!((limit(&app, 0), limit(&app, 1)), (None, Some(1 << 20)));

        let mut more = GuestSpec::new("a");
        more.allowance.memory = Some(7);
        app.amend(more).unwrap();
        assert_eq!((limit(&app, 0), limit(&app, 1)), (None, Some(7)));
        assert_eq!(app.amend(GuestSpec::new("c")).unwrap_err().class(), Class::Usage);
    }

    #[test]
    fn a_program_that_isnt_there_is_an_error() {
        let error = App::open("/nowhere/x.toml", &Sources::default()).unwrap_err();
        assert_eq!(error.class(), Class::NotFound);
        let missing = added(&["/nowhere/mesh.wasm".to_owned()]);
        let error = App::open(format!("{GRAPH}/app.wat"), &missing).unwrap_err();
        assert_eq!(error.class(), Class::NotFound);
    }
}
