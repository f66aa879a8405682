//! What is mounted at paths of a program that is about to be linked.

use crate::error::{Class, Error, Result};
use crate::fs::Mount;
use crate::hint::{Hint, Setting};
use crate::interfaces::Interface;
use crate::plan::Plan;
use crate::policy::Grants;
use crate::runtime::{Linked, Loaded};

impl Loaded {
    /// Has something stand at a path of the main guest's.
    pub fn mount(mut self, mount: Mount) -> Loaded {
        self.mounts.push(mount);
        self
    }
}

impl Linked {
    /// Has these stand at paths of a guest besides the main one.
    ///
    /// # Errors
    /// `Class::Usage` when it couldn't find them.
    pub fn mounted(mut self, guest: &str, mounts: Vec<Mount>) -> Result<Linked> {
        let grants = self.others().find(|spec| spec.name == guest).map(|spec| &spec.grants);
        check(&mounts, grants.unwrap_or(&Grants::default()))?;

        self.program.others_mounts.insert(guest.to_owned(), mounts);
        Ok(Linked { ready: Default::default(), ..self })
    }
}

/// Refuses mounts that the program `name` couldn't find.
///
/// # Errors
/// `Class::Usage`.
pub(super) fn find(name: &str, mounts: &[Mount], plan: &Plan, grants: &Grants) -> Result<()> {
    let files = [Interface::FilesystemTypes02, Interface::FilesystemTypes03];
    if let Some(mount) = mounts.first()
        && !files.iter().any(|interface| plan.interfaces.contains(interface))
    {
        let why = format!("`{name}` uses no file system");
        let words = "link the guests with {} instead, if it imports an interface";
        let hint = Hint::with(words, [Setting::Guest(None)]);
        return Err(wrong(&mount.path, &why, hint));
    }
    check(mounts, grants)
}

fn check(mounts: &[Mount], grants: &Grants) -> Result<()> {
    for (index, Mount { path, what }) in mounts.iter().enumerate() {
        let names = path.trim_end_matches('/');
        let is_root = names.is_empty() && path == "/" && what.is_directory();
        let odd = |part: &str| matches!(part, "" | "." | "..");
        if !path.starts_with('/')
            || !is_root && names.split('/').skip(1).any(odd)
            || path.contains('\0')
        {
            let hint = "write it whole, e.g. `/svc/upper`";
            return Err(wrong(path, "it isn't an absolute path of a file", hint));
        }
        if path.ends_with('/') && !what.is_directory() {
            return Err(wrong(
                path,
                "it isn't an absolute path of a file",
                "leave out the last `/`",
            ));
        }
        let same = |other: &str| other.trim_end_matches('/') == names;
        if mounts[..index].iter().any(|other| same(&other.path)) {
            return Err(wrong(
                path,
                "something is mounted there already",
                "give each its own path",
            ));
        }
        let granted = |granted: &str| granted.starts_with('/') && same(granted);
        if grants.directories.iter().any(|directory| granted(&directory.guest)) {
            let why = format!("`{path}` is a granted directory");
            return Err(wrong(path, &why, "mount it in a directory of its own, or below that one"));
        }
        let inside = |file: &Mount| {
            !file.what.is_directory() && names.starts_with(&format!("{}/", file.path))
        };
        if let Some(file) = mounts.iter().find(|other| inside(other)) {
            let why = format!("`{}` is a file", file.path);
            return Err(wrong(path, &why, "mount it in a directory"));
        }
    }
    Ok(())
}

fn wrong(path: &str, why: &str, hint: impl Into<Hint>) -> Error {
    Error::new(Class::Usage, format!("nothing can be mounted at `{path}`")).cause(why).hint(hint)
}
