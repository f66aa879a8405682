//! Mounted files of a program that is about to be linked.

use crate::error::{Class, Error, Result};
use crate::interfaces::Interface;
use crate::plan::Plan;
use crate::policy::Grants;
use crate::runtime::Loaded;
use crate::stream::Mount;

impl Loaded {
    /// Has something stand at a path of the main guest's.
    pub fn mount(mut self, mount: Mount) -> Loaded {
        self.mounts.push(mount);
        self
    }
}

/// Refuses mounts that the program couldn't find.
///
/// # Errors
/// `Class::Usage`.
pub(super) fn check(name: &str, mounts: &[Mount], plan: &Plan, grants: &Grants) -> Result<()> {
    let wrong = |path: &str, why: &str, hint: &str| {
        Err(Error::new(Class::Usage, format!("nothing can be mounted at `{path}`"))
            .cause(why)
            .hint(hint))
    };
    for (index, Mount { path, .. }) in mounts.iter().enumerate() {
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        if !path.starts_with('/')
            || file.is_empty()
            || path.split('/').skip(1).any(|part| matches!(part, "" | "." | ".."))
        {
            return wrong(
                path,
                "it isn't an absolute path of a file",
                "write it whole, e.g. `/svc/upper`",
            );
        }
        if mounts[..index].iter().any(|other| other.path == *path) {
            return wrong(path, "something is mounted there already", "give each its own path");
        }
        let folder = if folder.is_empty() { "/" } else { folder };
        if grants
            .directories
            .iter()
            .any(|granted| granted.guest.trim_end_matches('/') == folder.trim_end_matches('/'))
        {
            return wrong(
                path,
                &format!("`{folder}` is a granted directory"),
                "mount it in a directory of its own",
            );
        }
        if !plan.interfaces.contains(&Interface::FilesystemTypes02) {
            let why = format!("`{name}` uses no file system of WASI 0.2 or preview 1");
            return wrong(
                path,
                &why,
                "link the guests with `--with` instead, if it imports an interface",
            );
        }
    }
    Ok(())
}
