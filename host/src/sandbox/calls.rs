//! seccomp: which system calls the process can make. What isn't listed here doesn't exist for it.
//!
//! An unlisted call fails as on a kernel that doesn't have it (`ENOSYS`), so that a library that
//! tries a newer call falls back to one that is listed. So no program is started, no process
//! traced, nothing mounted, no namespace entered, no code made executable.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

use self::lists::{ANYTHING, CONNECTING};
use self::ranges::allow_first;

mod lists;
mod ranges;

/// Restricts all threads of the process. `sockets`: whether any may be connected or bound. `names`:
/// whether code may be loaded to look them up.
pub(super) fn restrict(sockets: bool, names: bool) -> Result<String, String> {
    let attempt = || -> Result<(), String> {
        let filter = filter(sockets, names)?;
        apply_filter_all_threads(&filter).map_err(|error| error.to_string())
    };
    match attempt() {
        Ok(()) => Ok("system calls, by seccomp".into()),
        Err(error) => Err(format!("no seccomp: {error}")),
    }
}

fn filter(sockets: bool, names: bool) -> Result<BpfProgram, String> {
    let free = [ANYTHING, if sockets { CONNECTING } else { &[] }].concat();
    let narrowed = conditional(sockets, names).map_err(|error| error.to_string())?;
    allow_first(&free, &narrowed).ok_or_else(|| "the list of system calls is too long".into())
}

/// The filter for what is allowed with some arguments only, or not at all.
fn conditional(sockets: bool, names: bool) -> Result<BpfProgram, Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = narrowed(names)?.into_iter().collect();
    if !sockets {
        // `send`, as on a pair of sockets of our own: without an address.
        rules.insert(libc::SYS_sendto, vec![SeccompRule::new(vec![whole(4, 0)?])?]);
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    Ok(SeccompFilter::new(rules, unknown, SeccompAction::Allow, arch)?.try_into()?)
}

/// Calls that only some arguments are allowed for: each rule is one way to be allowed.
fn narrowed(names: bool) -> Result<Vec<(i64, Vec<SeccompRule>)>, Error> {
    let rule = |conditions: Vec<SeccompCondition>| Ok::<_, Error>(SeccompRule::new(conditions)?);
    let own = u64::from(std::process::id());
    let code = libc::PROT_EXEC as u64;
    let thread = (libc::CLONE_THREAD | libc::CLONE_VM) as u64;

    let mut mapping = vec![rule(vec![masked(2, code, 0)?])?];
    if names {
        // Libraries, which are files; never memory that was written before.
        mapping.push(rule(vec![masked(3, libc::MAP_ANONYMOUS as u64, 0)?])?);
    }
    let names_of = [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_SET_VMA, libc::PR_GET_DUMPABLE];
    let mut sockets = Vec::new();
    for family in [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6] {
        sockets.push(rule(vec![is(0, family as u64)?])?);
    }
    // How the C library learns of which families there are addresses.
    let route = vec![is(0, libc::AF_NETLINK as u64)?, is(2, libc::NETLINK_ROUTE as u64)?];
    sockets.push(rule(route)?);

    Ok(vec![
        (libc::SYS_mmap, mapping),
        (libc::SYS_mprotect, vec![rule(vec![masked(2, code, 0)?])?]),
        // Threads, but no processes and no namespaces. `clone3`, whose flags can't be seen, isn't
        // listed, and the C library falls back to this.
        (libc::SYS_clone, vec![rule(vec![masked(0, thread | NAMESPACES, thread)?])?]),
        // No keys pressed in the user's name on a terminal.
        (
            libc::SYS_ioctl,
            vec![rule(vec![isnt(1, libc::TIOCSTI)?, isnt(1, libc::TIOCLINUX as libc::Ioctl)?])?],
        ),
        (
            libc::SYS_prctl,
            names_of
                .map(|name| rule(vec![is(0, name as u64)?]))
                .into_iter()
                .collect::<Result<_, _>>()?,
        ),
        // Limits are read, not changed.
        (libc::SYS_prlimit64, vec![rule(vec![whole(2, 0)?])?]),
        (libc::SYS_kill, vec![rule(vec![is(0, own)?])?]),
        (libc::SYS_tgkill, vec![rule(vec![is(0, own)?])?]),
        (libc::SYS_socket, sockets),
        (libc::SYS_socketpair, vec![rule(vec![is(0, libc::AF_UNIX as u64)?])?]),
    ])
}

const NAMESPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWCGROUP) as u64;

fn condition(index: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompCondition, Error> {
    Ok(SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value)?)
}

fn is(index: u8, value: u64) -> Result<SeccompCondition, Error> {
    condition(index, SeccompCmpOp::Eq, value)
}

fn isnt(index: u8, value: libc::Ioctl) -> Result<SeccompCondition, Error> {
    condition(index, SeccompCmpOp::Ne, value as u64)
}

fn masked(index: u8, mask: u64, value: u64) -> Result<SeccompCondition, Error> {
    condition(index, SeccompCmpOp::MaskedEq(mask), value)
}

fn whole(index: u8, value: u64) -> Result<SeccompCondition, Error> {
    Ok(SeccompCondition::new(index, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_both_allowed_and_narrowed_and_the_filter_fits() {
        for (sockets, names) in [(false, false), (false, true), (true, false), (true, true)] {
            let narrowed = narrowed(names).unwrap();
            let free = [ANYTHING, if sockets { CONNECTING } else { &[] }].concat();
            assert!(narrowed.iter().all(|(call, _)| !free.contains(call)), "{narrowed:?}");
            let length = filter(sockets, names).unwrap().len();
            assert!(length < 500, "{length} instructions take the kernel long");
        }
    }
}
