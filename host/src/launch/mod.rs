//! From an app, or a program with mounts, to a program that is ready to run: compiled, linked, and
//! each guest given what is said of it.

mod mounted;
mod source;

pub use mounted::as_file;
pub use source::{mount, mounts};

use crate::app::{App, GuestSpec};
use crate::error::{Class, Error, Result};
use crate::load::Program;
use crate::policy::Grants;
use crate::runtime::{Linked, Loaded, Runtime};

impl App {
    /// Compiles the app, or finds it compiled, and meets its imports. `run` it with the arguments
    /// and the streams of its [`main`](App::main) guest; the others have theirs.
    ///
    /// # Errors
    /// As [`Runtime::load_graph_blocking`] and [`Loaded::link`]; what is wrong with what is mounted.
    pub async fn link(&self, runtime: &Runtime) -> Result<Linked> {
        let (app, runtime) = (self.clone(), runtime.clone());
        let name = self.graph().name().to_owned();
        let work = move || app.link_blocking(&runtime, |loaded, grants| loaded.link(grants));
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            Error::new(Class::Host, format!("the compilation of `{name}` broke off")).cause(error)
        })?
    }

    /// [`link`](App::link) on this thread; `link` chooses what of the main guest is started.
    ///
    /// # Errors
    /// As [`link`](App::link).
    pub fn link_blocking(
        &self,
        runtime: &Runtime,
        link: impl FnOnce(Loaded, &Grants) -> Result<Linked>,
    ) -> Result<Linked> {
        self.link_if(runtime, &|_| Ok(()), link)
    }

    /// [`link_blocking`](App::link_blocking), but `check` is asked of the main guest's program
    /// before anything that isn't cached is compiled.
    ///
    /// # Errors
    /// As [`link`](App::link), and what `check` says.
    pub fn link_if(
        &self,
        runtime: &Runtime,
        check: &dyn Fn(&Program) -> Result<()>,
        link: impl FnOnce(Loaded, &Grants) -> Result<Linked>,
    ) -> Result<Linked> {
        let main = self.main();
        let loaded = mount(runtime, runtime.load_graph_if(self.graph(), check)?, &main.mounts)?;
        let linked = link(loaded, &main.grants)?;
        guests(runtime, linked, &self.guests()[1..])
    }
}

/// Says what the guests besides the main one have, and opens what is mounted for them.
///
/// # Errors
/// As [`mounts`] and [`Linked::mounted`].
pub fn guests(runtime: &Runtime, linked: Linked, guests: &[GuestSpec]) -> Result<Linked> {
    guests.iter().try_fold(linked, |linked, guest| {
        let mounts = mounts(runtime, &guest.mounts)?;
        linked.guest(guest.clone()).mounted(&guest.name, mounts)
    })
}
