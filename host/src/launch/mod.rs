//! From an app, or a program with mounts, to a program that is ready to run: compiled, linked, and
//! each guest given what is said of it.

mod mounted;

pub use mounted::as_file;

use crate::app::App;
use crate::app::MountSpec;
use crate::error::{Class, Error, Result};
use crate::policy::Grants;
use crate::runtime::{Linked, Loaded, Runtime};
use crate::stream::Mount;
use crate::stream::stdio::Output;

impl App {
    /// Compiles the app, or finds it compiled, and meets its imports. `run` it with the arguments
    /// and the streams of its [`main`](App::main) guest; the others have theirs.
    ///
    /// # Errors
    /// As [`Runtime::load_graph_blocking`] and [`Loaded::link`]; what is wrong with a program that
    /// is mounted.
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
        let main = self.main();
        let loaded = mount(runtime, runtime.load_graph_blocking(self.graph())?, &main.mounts)?;
        let linked = link(loaded, &main.grants)?;
        Ok(self.guests().iter().skip(1).cloned().fold(linked, Linked::guest))
    }
}

/// Puts programs behind files of a program's. They are granted nothing; their standard error is the
/// process's.
///
/// # Errors
/// As [`Runtime::load_file_blocking`], and `Class::Usage` when a program reads no stream.
pub fn mount(runtime: &Runtime, program: Loaded, mounts: &[MountSpec]) -> Result<Loaded> {
    mounts.iter().try_fold(program, |loaded, MountSpec { path, source }| {
        let linked = runtime.load_file_blocking(source)?.link(&Grants::default())?;
        let mounted = as_file(&source.display().to_string(), linked, Output::Inherit)?;
        Ok(loaded.mount(Mount { path: path.clone(), mounted }))
    })
}
