//! The directories that a guest is granted, opened once for a run: whatever is renamed or put in
//! their place on the host later, these are the ones.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Class, Error, Result};
use crate::policy::Directory;
use crate::stream::beneath;

/// Open directories, in the order of their grants. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Directories(Arc<[(Directory, Arc<File>)]>);

impl Directories {
    /// Opens what is granted.
    ///
    /// # Errors
    /// `Class::NotFound` when a directory isn't there, `Class::Host` when it can't be opened.
    pub fn open(grants: &[Directory]) -> Result<Directories> {
        let one = |grant: &Directory| {
            let opened = beneath::top(&grant.host).map_err(|error| cannot(&grant.host, &error))?;
            Ok((grant.clone(), Arc::new(opened)))
        };
        Ok(Directories(grants.iter().map(one).collect::<Result<_>>()?))
    }

    /// The directory of a grant, by its place among the grants.
    pub fn get(&self, grant: usize) -> Option<&Arc<File>> {
        self.0.get(grant).map(|(_, file)| file)
    }

    /// Each grant, with its directory.
    pub fn iter(&self) -> impl Iterator<Item = (&Directory, &Arc<File>)> {
        self.0.iter().map(|(grant, file)| (grant, file))
    }
}

fn cannot(path: &Path, error: &io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            Error::new(Class::NotFound, format!("there is no directory `{shown}` to grant"))
                .cause(error)
        }
        ErrorKind::NotADirectory => {
            Error::new(Class::NotFound, format!("`{shown}` is not a directory"))
                .hint("grant the directory that holds it")
        }
        _ => Error::new(Class::Host, format!("cannot open the directory `{shown}`")).cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(host: &Path) -> Directory {
        Directory { host: host.to_owned(), guest: "/w".into(), read_only: false }
    }

    #[test]
    fn a_directory_stays_the_one_that_was_granted() {
        let scratch = tempfile::tempdir().unwrap();
        let (host, moved) = (scratch.path().join("d"), scratch.path().join("moved"));
        std::fs::create_dir(&host).unwrap();
        std::fs::write(host.join("f"), "own").unwrap();
        let open = Directories::open(&[grant(&host)]).unwrap();

        std::fs::rename(&host, &moved).unwrap();
        std::os::unix::fs::symlink("/etc", &host).unwrap();

        let top = open.get(0).unwrap();
        let file =
            crate::stream::beneath::open(top, Path::new("f"), rustix::fs::OFlags::RDONLY).unwrap();
        assert_eq!(std::io::read_to_string(file).unwrap(), "own");
    }

    #[test]
    fn what_is_no_directory_is_not_granted() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("f");
        let class = |path: &Path| Directories::open(&[grant(path)]).unwrap_err().class();
        assert_eq!(class(&file), Class::NotFound);
        std::fs::write(&file, "").unwrap();
        assert_eq!(class(&file), Class::NotFound);
    }
}
