//! Notes each refusal of the file system, so that the user learns which grant was missing.
//!
//! wasmtime-wasi enforces read-only grants and keeps paths inside their directory; it answers a
//! refusal with the error code `not-permitted` and tells nobody else. The functions that can be
//! refused are defined anew here: each calls the original and looks at its answer.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;

use crate::capability::{Directory, Guarded, Origin, Preopened, node};
use crate::fs::Open;

/// Notes that something was refused to the paths `touched`, each with the descriptor it starts
/// from. A path that leads out is the reason, or a directory that is read-only; where neither shows
/// and there is one path, a link on its way leads out.
fn note<T: Guarded>(data: &mut T, touched: &[(u32, String)]) {
    let mut told = false;
    for (rep, path) in touched {
        let origin = data.origin(*rep);
        let guard = data.guard(origin.guest).clone();
        match data.ctx().table.get(&Resource::<Descriptor>::new_borrow(*rep)) {
            Ok(Descriptor::Dir(_)) if node::escapes(path) => guard.refused_escape(path),
            Ok(Descriptor::Dir(dir)) if dir.perms.write_not_permitted() => {
                if let Some(grant) = origin.grant {
                    guard.refused_change(path, grant);
                }
            }
            _ => continue,
        }
        told = true;
    }
    if let ([(rep, path)], false) = (touched, told) {
        data.guard(data.origin(*rep).guest).refused_escape(path);
    }
}

/// The path as `function` is to have it. A slash behind a directory's name is nothing to its
/// removal in 0.2, as preview 1 has it; wasmtime-wasi would remove the `.` in it, which the system
/// refuses. WASI 0.3's own suite wants that.
fn spelled(function: &str, path: String) -> String {
    match path.trim_end_matches('/') {
        named if !named.is_empty() && function.ends_with(".remove-directory-at") => {
            named.to_owned()
        }
        _ => path,
    }
}

/// Whether a path, by its text alone, is that of a directory by `.` or `..`. To link one is not
/// permitted, but Landlock says first that what is round a granted directory is another device,
/// for which wasmtime-wasi has the code of any failure.
fn is_dots(path: &str) -> bool {
    matches!(path.trim_end_matches('/').rsplit('/').next(), Some("." | ".."))
}

/// What a function of a descriptor gives back.
trait Opened {
    /// A descriptor among it.
    fn descriptor(&self) -> Option<u32>;
}

impl Opened for () {
    fn descriptor(&self) -> Option<u32> {
        None
    }
}

impl Opened for Resource<Descriptor> {
    fn descriptor(&self) -> Option<u32> {
        Some(self.rep())
    }
}

/// Notes that what was opened came by the grant by which the directory came that it was opened in.
fn inherit<T: Guarded>(data: &mut T, origin: Origin, opened: &impl Opened) {
    if let Some(descriptor) = opened.descriptor() {
        data.nodes().set(descriptor, None);
        data.set_origin(descriptor, origin);
    }
}

/// The directories of `guest`, for `get-directories`: each call gives new handles of the same
/// directories.
fn directories<T: Guarded>(
    data: &mut T,
    guest: usize,
) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
    data.guard(guest).missed().asked();
    let mut found = Vec::new();
    for Preopened { grant, directory, name } in data.preopened(guest).to_vec() {
        let origin = Origin { guest, grant };
        let descriptor = match directory {
            Directory::Host(directory) => {
                let descriptor = data.ctx().table.push(Descriptor::Dir(directory))?;
                data.nodes().set(descriptor.rep(), None);
                data.set_origin(descriptor.rep(), origin);
                descriptor
            }
            Directory::Own(node) => node::push(data, Open::root(node, node::CHANGEABLE), origin)?,
        };
        found.push((descriptor, name));
    }
    Ok(found)
}

/// Defines one function again: `NAME` calls the trait's method with the same arguments and notes a
/// refusal, with the paths it is about and the descriptors they start from.
macro_rules! watch02 {
    ($interface:ident, $name:literal, $method:ident, [$($fd:ident $path:ident),*], ($($arg:ident: $ty:ty),*)) => {
        $interface.func_wrap_async($name, |mut store: StoreContextMut<'_, T>, ($($arg,)*): ($($ty,)*)| {
            Box::new(async move {
                if let Some(answer) = node::$method(store.data_mut(), $(&$arg),*) {
                    return Ok((answer.map_err(node02::code),));
                }
                $(let $path = spelled($name, $path);)*
                let touched = [$(($fd.rep(), $path.clone())),*];
                let result = store.data_mut().filesystem().$method($($arg),*).await;
                let result = match result {
                    Ok(value) => Ok(value),
                    Err(error) => Err(error.downcast()?),
                };
                let result = match result {
                    Err(ErrorCode::CrossDevice | ErrorCode::Io) if is_dots(&touched[0].1) => {
                        Err(ErrorCode::NotPermitted)
                    }
                    told => told,
                };
                let origin = store.data().origin(touched[0].0);
                match &result {
                    Ok(value) => inherit(store.data_mut(), origin, value),
                    Err(ErrorCode::NotPermitted) => note(store.data_mut(), &touched),
                    Err(_) => {}
                }
                Ok((result,))
            })
        })?;
    };
}

macro_rules! watch03 {
    ($interface:ident, $name:literal, $method:ident, [$($fd:ident $path:ident),*], ($($arg:ident: $ty:ty),*)) => {
        $interface.func_wrap_concurrent($name, |store: &Accessor<T>, ($($arg,)*): ($($ty,)*)| {
            Box::pin(async move {
                let answer = store.with(|mut access| node::$method(access.data_mut(), $(&$arg),*));
                if let Some(answer) = answer {
                    return Ok((answer.map_err(node03::code),));
                }
                let touched = [$(($fd.rep(), $path.clone())),*];
                let view = store.with_getter::<WasiFilesystem>(T::filesystem);
                let result = <WasiFilesystem as HostDescriptorWithStore<T>>::$method(&view, $($arg),*).await;
                let result = match result {
                    Ok(value) => Ok(value),
                    Err(error) => Err(error.downcast()?),
                };
                let result = match result {
                    Err(ErrorCode::CrossDevice | ErrorCode::Io) if is_dots(&touched[0].1) => {
                        Err(ErrorCode::NotPermitted)
                    }
                    told => told,
                };
                store.with(|mut access| {
                    let origin = access.data_mut().origin(touched[0].0);
                    match &result {
                        Ok(value) => inherit(access.data_mut(), origin, value),
                        Err(ErrorCode::NotPermitted) => note(access.data_mut(), &touched),
                        Err(_) => {}
                    }
                });
                Ok((result,))
            })
        })?;
    };
}

/// The functions that change what is below a directory, which are the same in both generations.
macro_rules! watch_changes {
    ($watch:ident, $i:ident) => {
        $watch!($i, "[method]descriptor.create-directory-at", create_directory_at, [fd path],
            (fd: Resource<Descriptor>, path: String));
        $watch!($i, "[method]descriptor.remove-directory-at", remove_directory_at, [fd path],
            (fd: Resource<Descriptor>, path: String));
        $watch!($i, "[method]descriptor.unlink-file-at", unlink_file_at, [fd path],
            (fd: Resource<Descriptor>, path: String));
        $watch!($i, "[method]descriptor.rename-at", rename_at, [fd path, to name],
            (fd: Resource<Descriptor>, path: String, to: Resource<Descriptor>, name: String));
        $watch!($i, "[method]descriptor.symlink-at", symlink_at, [fd path],
            (fd: Resource<Descriptor>, target: String, path: String));
        $watch!(
            $i,
            "[method]descriptor.link-at",
            link_at,
            [fd path, to name],
            (fd: Resource<Descriptor>, follow: PathFlags, path: String, to: Resource<Descriptor>, name: String)
        );
        $watch!(
            $i,
            "[method]descriptor.set-times-at",
            set_times_at,
            [fd path],
            (fd: Resource<Descriptor>, follow: PathFlags, path: String, access: NewTimestamp, change: NewTimestamp)
        );
    };
}

/// `wasi:filesystem` of WASI 0.2.
pub mod wasi02 {
    use super::{directories, inherit, is_dots, note, spelled};

    use wasmtime::StoreContextMut;
    use wasmtime::component::{Linker, Resource};
    use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};
    use wasmtime_wasi::p2::bindings::filesystem;
    use wasmtime_wasi::p2::bindings::filesystem::types::{
        DescriptorFlags, ErrorCode, HostDescriptor as _, NewTimestamp, OpenFlags, PathFlags,
    };

    use crate::capability::import::Import;
    use crate::capability::{Guarded, file, node, node02, opening, special};

    /// What `open-at` is given.
    type Opening = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);

    pub(in crate::capability) fn types<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        filesystem::types::add_to_linker::<T, WasiFilesystem>(linker, T::filesystem)?;
        file::link(linker)?;
        special::link02(linker)?;

        let mut i = linker.instance(import.name)?;
        i.func_wrap_async(
            "[method]descriptor.open-at",
            |mut store: StoreContextMut<'_, T>, arguments: Opening| {
                Box::new(async move {
                    let (fd, follow, path, open, mode) = arguments;
                    if let Some(within) = node::opened(store.data_mut(), &fd) {
                        let how = node02::opening(follow, open, mode);
                        let opened = within.open(&path, how).await;
                        let opened = node::settle(store.data_mut(), (fd.rep(), &path), opened)?;
                        return Ok((opened.map_err(node02::code),));
                    }
                    let touched = [(fd.rep(), path.clone())];
                    let mut view = store.data_mut().filesystem();
                    let result = opening::open02(&mut view, fd, follow, path, open, mode).await;
                    let result = match result {
                        Ok(value) => Ok(value),
                        Err(error) => Err(error.downcast()?),
                    };
                    let origin = store.data().origin(touched[0].0);
                    match &result {
                        Ok(opened) => inherit(store.data_mut(), origin, opened),
                        Err(ErrorCode::NotPermitted) => note(store.data_mut(), &touched),
                        Err(_) => {}
                    }
                    Ok((result,))
                })
            },
        )?;
        watch_changes!(watch02, i);

        Ok(())
    }

    pub(in crate::capability) fn preopens<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        let guest = import.guest;
        let mut interface = linker.instance(import.name)?;
        interface.func_wrap(
            "get-directories",
            move |mut store: StoreContextMut<'_, T>, (): ()| {
                Ok((directories(store.data_mut(), guest)?,))
            },
        )?;
        Ok(())
    }
}

/// `wasi:filesystem` of WASI 0.3.
pub mod wasi03 {
    use super::{directories, inherit, is_dots, note};

    use wasmtime::StoreContextMut;
    use wasmtime::component::{Accessor, Linker, Resource};
    use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView as _};
    use wasmtime_wasi::p3::bindings::filesystem;
    use wasmtime_wasi::p3::bindings::filesystem::types::{
        DescriptorFlags, ErrorCode, HostDescriptorWithStore, NewTimestamp, OpenFlags, PathFlags,
    };

    use crate::capability::import::Import;
    use crate::capability::{Guarded, node, node03, opening, special};

    /// What `open-at` is given.
    type Opening = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);

    pub(in crate::capability) fn types<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        filesystem::types::add_to_linker::<T, WasiFilesystem>(linker, T::filesystem)?;
        special::link03(linker)?;

        let mut i = linker.instance(import.name)?;
        i.func_wrap_concurrent(
            "[method]descriptor.open-at",
            |store: &Accessor<T>, arguments: Opening| {
                Box::pin(async move {
                    let (fd, follow, path, open, mode) = arguments;
                    let within = store.with(|mut access| node::opened(access.data_mut(), &fd));
                    if let Some(within) = within {
                        let how = node03::opening(follow, open, mode);
                        let opened = within.open(&path, how).await;
                        let opened = store.with(|mut access| {
                            node::settle(access.data_mut(), (fd.rep(), &path), opened)
                        })?;
                        return Ok((opened.map_err(node03::code),));
                    }
                    let touched = [(fd.rep(), path.clone())];
                    let view = store.with_getter::<WasiFilesystem>(T::filesystem);
                    let result = opening::open03(&view, fd, follow, path, open, mode);
                    let result = match result.await {
                        Ok(value) => Ok(value),
                        Err(error) => Err(error.downcast()?),
                    };
                    store.with(|mut access| {
                        let data = access.data_mut();
                        let origin = data.origin(touched[0].0);
                        match &result {
                            Ok(opened) => inherit(data, origin, opened),
                            Err(ErrorCode::NotPermitted) => note(data, &touched),
                            Err(_) => {}
                        }
                    });
                    Ok((result,))
                })
            },
        )?;
        watch_changes!(watch03, i);

        Ok(())
    }

    pub(in crate::capability) fn preopens<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        let guest = import.guest;
        let mut interface = linker.instance(import.name)?;
        interface.func_wrap(
            "get-directories",
            move |mut store: StoreContextMut<'_, T>, (): ()| {
                Ok((directories(store.data_mut(), guest)?,))
            },
        )?;
        Ok(())
    }
}
