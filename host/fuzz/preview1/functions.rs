//! The functions of preview 1: what each parameter means, and which bytes of an answer can't be the
//! same twice.

use Mask::*;
use Parameter::*;

/// What a parameter means. Some are two words, as preview 1 passes them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// A descriptor.
    Fd,
    /// A text: address, length.
    Path,
    /// Bytes: address, length.
    Buffer,
    /// Where an answer of so many bytes goes, which has this alignment.
    Out(u32, u32),
    /// A list of buffers: address, count.
    Iovecs,
    /// A number that has to be below this, a set of flags or an enum.
    Below(u32),
    /// A 64-bit number.
    Long,
    /// The 64-bit rights of `path_open`.
    Rights,
    /// A point in time.
    Time,
    /// Subscriptions, events, their count.
    Poll,
}

/// Which bytes of the answer are set to zero before they're compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    Nothing,
    /// The eight bytes at this argument: a time.
    Clock(u32),
    /// The padding of the `fdstat` there, and the right to be polled: the peer's standard streams
    /// don't have it, which they can be.
    Fdstat(u32),
    /// The padding of the `prestat` there.
    Prestat(u32),
    /// The padding, the inode and the times of now of the `filestat` there.
    Filestat(u32),
    /// The inodes of directory entries.
    Entries,
    /// The random bytes.
    Random,
    /// The padding of events, and how many bytes are there.
    Events,
}

/// A function: its name, how often it's called in comparison to the others, its parameters, its
/// mask.
pub struct Function {
    pub name: &'static str,
    pub weight: u32,
    pub parameters: &'static [Parameter],
    pub mask: Mask,
}

const fn f(
    name: &'static str,
    weight: u32,
    parameters: &'static [Parameter],
    mask: Mask,
) -> Function {
    Function { name, weight, parameters, mask }
}

/// All of them. Those known to differ whenever they're called come seldom, since a comparison ends
/// there.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    f("args_get", 2, &[Out(16, 4), Out(64, 1)], Nothing),
    f("args_sizes_get", 2, &[Out(4, 4), Out(4, 4)], Nothing),
    f("environ_get", 2, &[Out(16, 4), Out(64, 1)], Nothing),
    f("environ_sizes_get", 2, &[Out(4, 4), Out(4, 4)], Nothing),
    f("clock_res_get", 2, &[Below(2), Out(8, 8)], Clock(1)),
    f("clock_time_get", 2, &[Below(2), Long, Out(8, 8)], Clock(2)),
    f("fd_advise", 3, &[Fd, Long, Long, Below(6)], Nothing),
    f("fd_allocate", 1, &[Fd, Long, Long], Nothing),
    f("fd_close", 5, &[Fd], Nothing),
    f("fd_datasync", 2, &[Fd], Nothing),
    f("fd_fdstat_get", 8, &[Fd, Out(24, 8)], Fdstat(1)),
    f("fd_fdstat_set_flags", 5, &[Fd, Below(32)], Nothing),
    f("fd_fdstat_set_rights", 2, &[Fd, Rights, Rights], Nothing),
    f("fd_filestat_get", 8, &[Fd, Out(64, 8)], Filestat(1)),
    f("fd_filestat_set_size", 5, &[Fd, Long], Nothing),
    f("fd_filestat_set_times", 5, &[Fd, Time, Time, Below(16)], Nothing),
    f("fd_pread", 12, &[Fd, Iovecs, Long, Out(4, 4)], Nothing),
    f("fd_prestat_get", 4, &[Fd, Out(8, 4)], Prestat(1)),
    f("fd_prestat_dir_name", 4, &[Fd, Buffer], Nothing),
    f("fd_pwrite", 12, &[Fd, Iovecs, Long, Out(4, 4)], Nothing),
    f("fd_read", 12, &[Fd, Iovecs, Out(4, 4)], Nothing),
    f("fd_readdir", 8, &[Fd, Buffer, Long, Out(4, 4)], Entries),
    f("fd_renumber", 4, &[Fd, Fd], Nothing),
    f("fd_seek", 10, &[Fd, Long, Below(3), Out(8, 8)], Nothing),
    f("fd_sync", 2, &[Fd], Nothing),
    f("fd_tell", 5, &[Fd, Out(8, 8)], Nothing),
    f("fd_write", 12, &[Fd, Iovecs, Out(4, 4)], Nothing),
    f("path_create_directory", 6, &[Fd, Path], Nothing),
    f("path_filestat_get", 8, &[Fd, Below(2), Path, Out(64, 8)], Filestat(4)),
    f("path_filestat_set_times", 5, &[Fd, Below(2), Path, Time, Time, Below(16)], Nothing),
    f("path_link", 6, &[Fd, Below(2), Path, Fd, Path], Nothing),
    f("path_open", 24, &[Fd, Below(2), Path, Below(16), Rights, Rights, Below(32), Out(4, 4)], Nothing),
    f("path_readlink", 6, &[Fd, Path, Buffer, Out(4, 4)], Nothing),
    f("path_remove_directory", 6, &[Fd, Path], Nothing),
    f("path_rename", 6, &[Fd, Path, Fd, Path], Nothing),
    f("path_symlink", 6, &[Path, Fd, Path], Nothing),
    f("path_unlink_file", 6, &[Fd, Path], Nothing),
    f("poll_oneoff", 5, &[Poll, Out(4, 4)], Events),
    f("proc_exit", 1, &[Below(126)], Nothing),
    f("proc_raise", 1, &[Below(31)], Nothing),
    f("random_get", 3, &[Buffer], Random),
    f("sched_yield", 1, &[], Nothing),
    f("sock_accept", 1, &[Fd, Below(32), Out(4, 4)], Nothing),
    f("sock_recv", 1, &[Fd, Iovecs, Below(4), Out(4, 4), Out(2, 2)], Nothing),
    f("sock_send", 1, &[Fd, Iovecs, Below(1), Out(4, 4)], Nothing),
    f("sock_shutdown", 1, &[Fd, Below(4)], Nothing),
];

impl Function {
    /// The core parameters, `true` for 64 bits.
    pub fn words(&self) -> Vec<bool> {
        let mut words = Vec::new();
        for parameter in self.parameters {
            words.extend(match parameter {
                Fd | Out(..) | Below(_) => &[false][..],
                Long | Rights | Time => &[true],
                Path | Buffer | Iovecs => &[false, false],
                Poll => &[false, false, false],
            });
        }
        words
    }

    /// Whether a list of buffers of its is worked through until it's done.
    pub fn is_transfer(&self) -> bool {
        matches!(self.name, "fd_read" | "fd_write" | "fd_pread" | "fd_pwrite")
    }
}
