//! The folder that a script works in: one directory for the script and the log, one with something
//! in it to play with.

use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Script;

/// Two directories, which the guest finds as descriptors 3 and 4.
pub struct Scratch(TempDir);

impl Scratch {
    /// In memory, where there is such a place.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(script: &Script) -> std::io::Result<Scratch> {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let own = Scratch(folder);
        std::fs::create_dir(own.control())?;
        std::fs::write(own.control().join("script"), script.encode())?;
        let play = own.play();
        std::fs::create_dir_all(play.join("dir"))?;
        std::fs::write(
            play.join("file"),
            (0..1000u32).map(|index| (index % 251) as u8).collect::<Vec<u8>>(),
        )?;
        std::fs::write(play.join("empty"), "")?;
        std::fs::write(play.join("dir/inner"), "inner")?;
        symlink("file", play.join("link"))?;
        symlink("dir", play.join("dirlink"))?;
        symlink("nowhere", play.join("dangling"))?;
        symlink("around", play.join("around"))?;
        symlink("..", play.join("dir/up"))?;
        symlink("../control", play.join("escape"))?;
        Ok(own)
    }

    /// Where script and log are.
    pub fn control(&self) -> PathBuf {
        self.0.path().join("control")
    }

    /// What the script changes.
    pub fn play(&self) -> PathBuf {
        self.0.path().join("play")
    }

    /// What the guest logged.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn log(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.control().join("log"))
    }

    /// Everything in the folder, one line each: name, kind, size, beginning.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn listing(&self) -> std::io::Result<Vec<String>> {
        let mut lines = Vec::new();
        list(&self.play(), &mut lines)?;
        lines.sort();
        Ok(lines
            .into_iter()
            .map(|line| line.replace(&self.0.path().display().to_string(), ""))
            .collect())
    }
}

fn list(folder: &Path, lines: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = path.symlink_metadata()?;
        let name = path.display();
        if kind.is_symlink() {
            lines.push(format!("{name} -> {}", std::fs::read_link(&path)?.display()));
        } else if kind.is_dir() {
            lines.push(format!("{name}/"));
            list(&path, lines)?;
        } else {
            // It may be long and have nothing in it.
            let mut start = Vec::new();
            std::fs::File::open(&path)?.take(1 << 20).read_to_end(&mut start)?;
            let hash = start
                .iter()
                .fold(0u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
            lines.push(format!("{name} {} {hash:x}", kind.len()));
        }
    }
    Ok(())
}
