//! Compiled code on disk: found by what it was compiled from and for, never trusted if damaged.
//!
//! A key names a *reference*, a small text file; it names an *object*, a file of machine code whose
//! own name is the BLAKE3 hash of its content. Both are written to a temporary file and renamed,
//! object first, so that a process which is killed half-way, or ten that start at once, leave
//! nothing that could be loaded by mistake.
//!
//! Hashing tens of megabytes at each start would cost more than mapping them, so a reference also
//! records which file the object was when it was last hashed (size, inode, time of change). A file
//! system sets the time of change itself at each write, so an object that differs in any of these
//! is hashed again before it is loaded.

mod evict;
mod object;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::config::CacheConfig;
use object::Reference;

/// A cache directory that was checked: it's the user's own and nobody else can write to it.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
    limit: u64,
}

/// What the cache has for a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Sound code, in this file.
    Hit(PathBuf),
    /// Nothing.
    Miss,
    /// Something that can't be trusted.
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Cache {
    /// Makes the directory if need be, with mode 0700.
    ///
    /// # Errors
    /// In words, when it can't be made, belongs to somebody else, or others may write to it: what
    /// others can write must not be loaded as machine code.
    pub fn open(config: &CacheConfig) -> Result<Cache, String> {
        let directory = config.directory.clone();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(|error| format!("it can't be made: {error}"))?;
        let meta = fs::metadata(&directory).map_err(|error| error.to_string())?;
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err("it belongs to another user".into());
        }
        if meta.permissions().mode() & 0o022 != 0 {
            return Err("other users may write to it: `chmod 700` makes it private".into());
        }
        Ok(Cache { directory, limit: config.limit })
    }

    /// Looks a key up.
    pub fn find(&self, key: &str) -> Found {
        let path = self.reference(key);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Miss,
            Err(error) => return Found::Damaged { path, why: error.to_string() },
        };
        let Some(reference) = Reference::parse(&text) else {
            return Found::Damaged { path, why: "it can't be read".into() };
        };
        let object = self.object(&reference);
        match reference.verify(&object) {
            Ok(current) => {
                // Another file than when it was last hashed, or not used for a while: that is noted
                // for the next time. Not being able to note it costs time only.
                if current != reference || evict::is_stale(&path) {
                    let _ = self.write(&path, current.to_string().as_bytes());
                }
                Found::Hit(object)
            }
            // Another program's entry shared the object, and was evicted.
            Err(_) if !object.exists() => Found::Miss,
            Err(why) => Found::Damaged { path: object, why },
        }
    }

    /// Makes `key` find what `existing` finds.
    ///
    /// # Errors
    /// When there is no such entry, or the disk is full.
    pub fn alias(&self, key: &str, existing: &str) -> io::Result<()> {
        let reference = fs::read(self.reference(existing))?;
        self.write(&self.reference(key), &reference)
    }

    /// Keeps `code` under `key`, then makes room if the cache has grown over its limit. Gives the
    /// file it's in.
    ///
    /// # Errors
    /// When the disk is full or the directory is gone.
    pub fn store(&self, key: &str, code: &[u8]) -> io::Result<PathBuf> {
        let checksum = object::checksum(code);
        let path = self.directory.join(format!("{checksum}.{}", object::ENDING));
        self.write(&path, code)?;
        let reference = Reference::new(checksum, &fs::metadata(&path)?);
        self.write(&self.reference(key), reference.to_string().as_bytes())?;
        evict::evict(&self.directory, self.limit, &path)?;
        Ok(path)
    }

    /// How many bytes its entries take together.
    ///
    /// # Errors
    /// When its directory can't be listed.
    pub fn size(&self) -> io::Result<u64> {
        evict::size(&self.directory)
    }

    /// Removes the entries that weren't used for the longest time, until the rest takes at most
    /// `limit` bytes; gives the bytes freed.
    ///
    /// # Errors
    /// When a file can't be removed.
    pub fn prune(&self, limit: u64) -> io::Result<u64> {
        let before = self.size()?;
        evict::evict(&self.directory, limit, Path::new(""))?;
        Ok(before.saturating_sub(self.size()?))
    }

    /// Removes every entry; the directory stays. Gives the number of bytes freed.
    ///
    /// # Errors
    /// When a file can't be removed.
    pub fn clear(&self) -> io::Result<u64> {
        evict::clear(&self.directory)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn reference(&self, key: &str) -> PathBuf {
        self.directory.join(format!("{key}.{}", object::REFERENCE_ENDING))
    }

    fn object(&self, reference: &Reference) -> PathBuf {
        self.directory.join(format!("{}.{}", reference.checksum(), object::ENDING))
    }

    /// Writes a file as a whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file =
            tempfile::Builder::new().prefix(evict::TEMPORARY).tempfile_in(&self.directory)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(limit: u64) -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(&CacheConfig { directory: dir.path().join("c"), limit }).unwrap();
        (dir, cache)
    }

    #[test]
    fn what_is_stored_is_found_and_the_directory_is_private() {
        let (_dir, cache) = cache(1 << 20);
        assert_eq!(cache.find("k"), Found::Miss);
        let path = cache.store("k", b"code").unwrap();
        assert_eq!(cache.find("k"), Found::Hit(path));
        assert_eq!(fs::metadata(cache.directory()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_changed_object_is_damaged_whatever_was_changed() {
        let (_dir, cache) = cache(1 << 20);
        for change in [&b"cOde"[..], b"cod", b"", b"code and more"] {
            let path = cache.store("k", b"code").unwrap();
            fs::write(&path, change).unwrap();
            assert!(matches!(cache.find("k"), Found::Damaged { .. }), "{change:?}");
        }
        let path = cache.store("k", b"code").unwrap();
        cache.alias("other", "k").unwrap();
        assert_eq!(cache.find("other"), Found::Hit(path.clone()));
        fs::remove_file(path).unwrap();
        assert_eq!(cache.find("k"), Found::Miss);
        cache.store("k", b"code").unwrap();
        fs::write(cache.reference("k"), "nonsense").unwrap();
        assert!(matches!(cache.find("k"), Found::Damaged { .. }));
    }

    #[test]
    fn a_copied_cache_is_checked_again_and_used() {
        let (_dir, cache) = cache(1 << 20);
        let path = cache.store("k", b"code").unwrap();
        let copy = path.with_extension("copy");
        fs::copy(&path, &copy).unwrap();
        fs::rename(&copy, &path).unwrap();
        assert_eq!(cache.find("k"), Found::Hit(path.clone()));
        assert_eq!(cache.find("k"), Found::Hit(path));
    }

    #[test]
    fn the_longest_unused_entries_make_room_but_never_the_newest() {
        let (_dir, cache) = cache(3000);
        for i in 0..10u8 {
            let path = cache.store(&format!("k{i}"), &[i; 1000]).unwrap();
            assert_eq!(cache.find(&format!("k{i}")), Found::Hit(path));
        }
        let kept: u64 = fs::read_dir(cache.directory())
            .unwrap()
            .map(|e| e.unwrap().metadata().unwrap().len())
            .sum();
        assert!(kept <= 3000, "{kept}");
        assert_eq!(cache.find("k0"), Found::Miss);
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = Cache::open(&CacheConfig::new(dir.path())).unwrap_err();
        assert!(error.contains("chmod 700"), "{error}");
    }
}
