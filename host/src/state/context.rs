//! What a store holds for one guest: its context of WASI, its directories, who decides and who opens
//! for it.

use std::fs::File;
use std::sync::Arc;

use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::{Dir, FsPerms, OpenMode};

use crate::account::Accounts;
use crate::capability::clocks::Monotonic;
use crate::capability::http::Egress;
use crate::capability::stdio::{Discard, Hangup, Output, Stdio};
use crate::capability::{Directory, Preopened, sockets};
use crate::error::{Class, Error, Result};
use crate::fs::{self, Mount, Root, Run, Trees};
use crate::policy::{Grants, Guard};
use crate::stream::{Directories, Opener, Writer};

/// What a store holds for one guest.
pub(super) struct GuestContext {
    pub wasi: WasiCtx,
    /// The directories that it finds open.
    pub preopened: Vec<Preopened>,
    pub egress: Egress,
    pub guard: Arc<Guard>,
    pub opener: Opener,
    pub outputs: Vec<Writer>,
}

/// What a guest is given when a store is made; its context is made of it.
pub struct ContextParts<'a> {
    /// Its arguments, its own name first.
    pub args: &'a [String],
    /// Its variables, besides those that it's granted.
    pub env: &'a [(String, String)],
    /// What it may use.
    pub grants: &'a Grants,
    /// The directories among that, open.
    pub directories: Directories,
    /// Its standard streams.
    pub stdio: &'a Stdio,
    /// What is mounted at paths of it.
    pub mounts: &'a [Mount],
    /// The memory that guests of the run share.
    pub trees: Trees,
    /// Who decides what it may do.
    pub guard: Arc<Guard>,
    /// Who opens what it names by URL.
    pub opener: Opener,
}

impl GuestContext {
    /// What a guest has of its own.
    pub fn new(parts: &ContextParts<'_>, run: &Accounts, hangup: &Hangup) -> Result<GuestContext> {
        let ContextParts { args, env, grants, stdio, guard, opener, .. } = parts;
        let mut builder = WasiCtx::builder();
        builder.allow_blocking_current_thread(true);
        builder.monotonic_clock(Monotonic::started());
        builder.args(args);
        // What is said of this run holds.
        let replaced = |name: &str| env.iter().any(|(own, _)| own == name);
        let granted = grants.env.iter().filter(|(name, _)| !replaced(name));
        let variables = || granted.clone().chain(*env);
        for (index, (key, value)) in variables().enumerate() {
            if !variables().skip(index + 1).any(|(later, _)| later == key) {
                builder.env(key, value);
            }
        }
        if let Some(cwd) = &grants.cwd {
            builder.initial_cwd(cwd);
            if !grants.env.iter().any(|(key, _)| key == "PWD") {
                builder.env("PWD", cwd);
            }
        }
        if grants.preopens.in_environment {
            let sockets = &grants.preopens.sockets;
            let names: Vec<&str> = sockets.iter().map(|socket| socket.name.as_str()).collect();
            builder.env("LISTEN_FDS", sockets.len().to_string());
            builder.env("LISTEN_FDNAMES", names.join(":"));
        }
        sockets::allow(&mut builder, guard.clone());
        builder.stdin(stdio.stdin.clone());
        let (stdout, stderr) =
            (Writer::stdout(&stdio.stdout, hangup), Writer::stderr(&stdio.stderr));
        let outputs = [&stdout, &stderr].into_iter().flatten().cloned().collect();
        match (&stdio.stdout, stdout) {
            (Output::Handed(stream), _) => builder.stdout(stream.clone()),
            (_, Some(writer)) => builder.stdout(writer),
            (_, None) => builder.stdout(Discard),
        };
        match (&stdio.stderr, stderr) {
            (Output::Handed(stream), _) => builder.stderr(stream.clone()),
            (_, Some(writer)) => builder.stderr(writer.heard_by(guard.missed())),
            (_, None) => builder.stderr(Writer::silenced(guard.said()).heard_by(guard.missed())),
        };
        Ok(GuestContext {
            wasi: builder.build(),
            preopened: preopened(parts, run)?,
            egress: Egress::new(guard.clone(), opener.roots().clone(), opener.account()),
            guard: guard.clone(),
            opener: opener.clone(),
            outputs,
        })
    }
}

/// The directories that a guest finds open: those that it's granted, then what is mounted.
fn preopened(parts: &ContextParts<'_>, run: &Accounts) -> Result<Vec<Preopened>> {
    let ContextParts { directories, mounts, trees, opener, .. } = parts;
    let failed = |error: std::io::Error| {
        Error::new(Class::Host, "cannot give the program its directories").cause(error)
    };
    let run = Run { account: opener.account(), accounts: run, trees };
    let roots = fs::roots(directories, mounts, &run).map_err(failed)?;

    let preopened = |Root { grant, guest, node }| {
        let directory = match (node, grant.and_then(|grant| directories.iter().nth(grant))) {
            (Some(node), _) => Directory::Own(node),
            (None, Some((grant, file))) => {
                Directory::Host(dir(file, grant.read_only).map_err(failed)?)
            }
            (None, None) => unreachable!("what isn't granted has a node"),
        };
        Ok(Preopened { grant, directory, name: guest })
    };
    roots.into_iter().map(preopened).collect()
}

fn dir(file: &Arc<File>, read_only: bool) -> std::io::Result<Dir> {
    let (perms, mode) = match read_only {
        true => (FsPerms::ReadOnly, OpenMode::READ),
        false => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
    };
    Ok(Dir::new(file.try_clone()?, perms, mode, true))
}
