//! Work in a process of its own, in which the wall is put up.

use std::fmt::Debug;
use std::io::{Error, ErrorKind};
use std::process::Command;

use forebay::policy::Grants;
use forebay::sandbox::{Sandbox, Walls};

/// The variable that tells a process that it's the one inside.
const INSIDE: &str = "FOREBAY_TEST_INSIDE";

/// Does `work` in a process of its own, which is this test once more; fails if it fails.
pub fn inside(test: &str, work: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        work();
        return println!("the work is done");
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let ended = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("the work is done"), "{ended}");
}

/// Puts the wall up for these grants.
pub fn enforce(grants: &Grants) {
    let mut sandbox = Sandbox::default();
    sandbox.grants(grants);
    expect(sandbox.enforce());
}

/// All of it must be up: these tests need Linux 6.12 or later with Landlock.
pub fn expect(walls: Walls) {
    let up = walls.all().unwrap_or_else(|error| panic!("{error}: {:?}", error.causes()));
    assert_eq!(up.up.len(), 2, "{up:?}");
}

/// It fails, by the kernel's word that it isn't permitted.
#[track_caller]
pub fn refused<T: Debug>(result: Result<T, Error>) {
    assert_eq!(result.expect_err("it is refused").kind(), ErrorKind::PermissionDenied);
}

/// Calls, each with arguments of which the kernel would say something else than that it doesn't
/// know the call.
#[rustfmt::skip]
pub const CALLS: &[(&str, i64, [i64; 3])] = &[
    ("execve", libc::SYS_execve, [0, 0, 0]),
    ("execveat", libc::SYS_execveat, [-1, 0, 0]),
    ("clone, a process", libc::SYS_clone, [0x4000_0000_0000, 0, 0]),
    ("clone, a user namespace", libc::SYS_clone, [0x1001_0100, 0, 0]),
    ("clone3", libc::SYS_clone3, [0, 0, 0]),
    ("unshare", libc::SYS_unshare, [0x1000_0000, 0, 0]),
    ("setns", libc::SYS_setns, [-1, 0, 0]),
    ("ptrace", libc::SYS_ptrace, [0, 0, 0]),
    ("process_vm_readv", libc::SYS_process_vm_readv, [1, 0, 0]),
    ("process_vm_writev", libc::SYS_process_vm_writev, [1, 0, 0]),
    ("mount", libc::SYS_mount, [0, 0, 0]),
    ("umount2", libc::SYS_umount2, [0, 0, 0]),
    ("pivot_root", libc::SYS_pivot_root, [0, 0, 0]),
    ("chroot", libc::SYS_chroot, [0, 0, 0]),
    ("bpf", libc::SYS_bpf, [0, 0, 0]),
    ("perf_event_open", libc::SYS_perf_event_open, [0, 0, 0]),
    ("userfaultfd", libc::SYS_userfaultfd, [0, 0, 0]),
    ("keyctl", libc::SYS_keyctl, [0, 0, 0]),
    ("add_key", libc::SYS_add_key, [0, 0, 0]),
    ("kexec_load", libc::SYS_kexec_load, [0, 0, 0]),
    ("init_module", libc::SYS_init_module, [0, 0, 0]),
    ("finit_module", libc::SYS_finit_module, [-1, 0, 0]),
    ("io_uring_setup", libc::SYS_io_uring_setup, [0, 0, 0]),
    ("open_by_handle_at", libc::SYS_open_by_handle_at, [-1, 0, 0]),
    ("pidfd_open", libc::SYS_pidfd_open, [1, 0, 0]),
    ("pidfd_getfd", libc::SYS_pidfd_getfd, [-1, 0, 0]),
    ("setuid", libc::SYS_setuid, [-1, 0, 0]),
    ("setrlimit", libc::SYS_prlimit64, [0, 7, 1]),
    ("kill, another process", libc::SYS_kill, [1, 0, 0]),
    ("a raw socket", libc::SYS_socket, [libc::AF_PACKET as i64, 3, 0]),
    ("a socket of a virtual machine", libc::SYS_socket, [libc::AF_VSOCK as i64, 1, 0]),
    ("a netlink socket for the firewall", libc::SYS_socket, [libc::AF_NETLINK as i64, 3, 12]),
    ("a key pressed on the terminal", libc::SYS_ioctl, [0, libc::TIOCSTI as i64, 0]),
    ("a setting of the process", libc::SYS_prctl, [libc::PR_SET_DUMPABLE as i64, 1, 0]),
];

/// The call fails as on a kernel that doesn't have it.
#[track_caller]
pub fn missing(name: &str, call: i64, [a, b, c]: [i64; 3]) {
    // SAFETY: the call doesn't happen; if it did, it would have no valid pointer to follow.
    let result = unsafe { libc::syscall(call, a, b, c, 0, 0) };
    let error = Error::last_os_error().raw_os_error();
    assert_eq!((result, error), (-1, Some(libc::ENOSYS)), "{name}");
}

/// A page of memory of our own.
pub fn page(rights: i32) -> Result<*mut libc::c_void, Error> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: it's a new mapping, wherever the system likes.
    let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, rights, flags, -1, 0) };
    if page == libc::MAP_FAILED { Err(Error::last_os_error()) } else { Ok(page) }
}

/// Changes what may be done with a page.
pub fn protect(page: *mut libc::c_void, rights: i32) -> Result<(), Error> {
    // SAFETY: the page is one of `page`'s, which nobody else uses.
    let result = unsafe { libc::mprotect(page, 4096, rights) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}
