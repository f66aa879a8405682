//! `fd_fdstat_get` and what changes its answers.

use crate::abi::{Fdstat, fdflags, filetype, rights::*};
use crate::errno::{Errno, code};
use crate::file::{settled, value};
use crate::guest;
use crate::table::{self, Entry, Kind};
use crate::wasi::{cli, filesystem as fs};

/// What a preopened directory may do; user lands expect these.
const DIRECTORY: u64 = PATH_CREATE_DIRECTORY
    | PATH_CREATE_FILE
    | PATH_LINK_SOURCE
    | PATH_LINK_TARGET
    | PATH_OPEN
    | FD_READDIR
    | PATH_READLINK
    | PATH_RENAME_SOURCE
    | PATH_RENAME_TARGET
    | PATH_SYMLINK
    | PATH_REMOVE_DIRECTORY
    | PATH_UNLINK_FILE
    | PATH_FILESTAT_GET
    | PATH_FILESTAT_SET_TIMES
    | FD_FILESTAT_GET
    | FD_FILESTAT_SET_TIMES;

/// What files opened below one may do as well.
const INHERITING: u64 = DIRECTORY
    | FD_DATASYNC
    | FD_READ
    | FD_SEEK
    | FD_FDSTAT_SET_FLAGS
    | FD_SYNC
    | FD_TELL
    | FD_WRITE
    | FD_ADVISE
    | FD_ALLOCATE
    | FD_FILESTAT_SET_SIZE
    | POLL_FD_READWRITE;

/// What standard streams may do.
const STDIN: u64 = FD_READ | POLL_FD_READWRITE;
const STDOUT: u64 = FD_WRITE | POLL_FD_READWRITE;

/// What a socket may do.
const SOCKET: u64 = FD_READ
    | FD_WRITE
    | FD_FDSTAT_SET_FLAGS
    | FD_FILESTAT_GET
    | POLL_FD_READWRITE
    | SOCK_SHUTDOWN
    | SOCK_ACCEPT;

#[unsafe(no_mangle)]
extern "C" fn fd_fdstat_get(fd: u32, out: u32) -> u32 {
    code((|| {
        let entry = settled(fd)?;
        let flags = entry.flags.get();
        let (flags, rights_base, rights_inheriting) = match entry.kind.get() {
            Kind::Stdin => (flags, STDIN, STDIN),
            Kind::Stdout | Kind::Stderr => (flags, STDOUT, STDOUT),
            Kind::Directory if entry.name.get() != 0 => (flags, DIRECTORY, INHERITING),
            Kind::Tcp | Kind::Udp | Kind::Unix => (flags, SOCKET, SOCKET),
            kind => {
                let access = value(|result| unsafe { fs::get_flags(entry.handle.get(), result) })?;
                let mut rights = ALL;
                if kind == Kind::Directory {
                    rights &= !(FD_SEEK | FD_FILESTAT_SET_SIZE | PATH_FILESTAT_SET_SIZE);
                }
                if access & 1 == 0 {
                    rights &= !(FD_READ | FD_READDIR);
                }
                if access & 2 == 0 {
                    rights &= !FD_WRITE;
                }
                (flags | synchronous(access), rights, rights)
            }
        };
        guest::write(
            out,
            Fdstat { filetype: kind_of(entry), flags, rights_base, rights_inheriting },
        );
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_fdstat_set_flags(fd: u32, flags: u32) -> u32 {
    code((|| {
        let entry = settled(fd)?;
        // Standard streams are what the host made them, as in native preview 1.
        if let Kind::Directory | Kind::Stdin | Kind::Stdout | Kind::Stderr = entry.kind.get() {
            return Err(Errno::BADF);
        }
        if flags > fdflags::ALL as u32
            || flags as u16 & (fdflags::DSYNC | fdflags::RSYNC | fdflags::SYNC) != 0
        {
            return Err(Errno::INVAL);
        }
        entry.flags.set(flags as u16);
        Ok(())
    })())
}

#[unsafe(no_mangle)]
extern "C" fn fd_fdstat_set_rights(fd: u32, _base: u64, _inheriting: u64) -> u32 {
    code(table::get(fd).and_then(|entry| match entry.kind.get() {
        Kind::Stdin | Kind::Stdout | Kind::Stderr => Err(Errno::BADF),
        _ => Err(Errno::NOTSUP),
    }))
}

/// The file type. Whether a standard stream is a terminal is asked once.
pub fn kind_of(entry: &Entry) -> u8 {
    if entry.kind.get() == Kind::Directory {
        return filetype::DIRECTORY;
    }
    if entry.filetype.get() == 0 {
        let mut terminal = cli::Terminal { some: 0, handle: 0 };
        unsafe {
            match entry.kind.get() {
                Kind::Stdin => cli::get_terminal_stdin(&mut terminal),
                Kind::Stdout => cli::get_terminal_stdout(&mut terminal),
                _ => cli::get_terminal_stderr(&mut terminal),
            }
            match (terminal.some, entry.kind.get()) {
                (0, _) => {}
                (_, Kind::Stdin) => cli::drop_terminal_input(terminal.handle),
                _ => cli::drop_terminal_output(terminal.handle),
            }
        }
        entry.filetype.set(
            1 + match terminal.some {
                0 => filetype::UNKNOWN,
                _ => filetype::CHARACTER_DEVICE,
            },
        );
    }
    entry.filetype.get() - 1
}

/// The synchronous modes among `descriptor-flags`, as `fdflags`.
fn synchronous(access: u8) -> u16 {
    let mut flags = 0;
    if access & 4 != 0 {
        flags |= fdflags::SYNC;
    }
    if access & 8 != 0 {
        flags |= fdflags::DSYNC;
    }
    if access & 16 != 0 {
        flags |= fdflags::RSYNC;
    }
    flags
}
