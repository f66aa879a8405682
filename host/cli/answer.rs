//! What a command answers: on standard output, or in a file.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use forebay::error::{Class, Error, Result};

use crate::exit::Status;

/// Prints an answer on standard output. A reader that has gone is no error: it has read what it
/// wanted.
///
/// # Errors
/// `Class::Host` when standard output can't be written, a full disk for example.
pub fn answer(text: &[u8]) -> Result<Status> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(Class::Host, "cannot write the answer").cause(error))
        }
        _ => Ok(Status::Success),
    }
}

/// Writes a file as a whole or not at all; `-` is standard output. What is no file, such as
/// `/dev/null`, stays what it is.
///
/// # Errors
/// `Class::Host` when it can't be written, `Class::Usage` when it would go to a terminal.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if path == Path::new("-") {
        if std::io::stdout().is_terminal() {
            return Err(Error::new(Class::Usage, "a binary isn't written to a terminal")
                .hint("send it to a file or a pipe, or say `-o FILE`"));
        }
        return answer(bytes).map(drop);
    }
    let cannot = |error: std::io::Error| {
        Error::new(Class::Host, format!("cannot write `{}`", path.display())).cause(error)
    };

    // A device or a pipe is written to, and never replaced; behind a link lies what is meant.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(&target).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        let mut device = std::fs::OpenOptions::new().write(true).open(&target).map_err(cannot)?;
        return device.write_all(bytes).map_err(cannot);
    }

    let path = target.as_path();
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
    // As any other new file; a temporary one would be private.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let mut file =
        tempfile::Builder::new().permissions(mode).tempfile_in(folder).map_err(cannot)?;
    file.write_all(bytes).map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
