//! What a store holds for one guest: its context of WASI, its directories, who decides and who opens
//! for it.

use std::fs::File;
use std::sync::Arc;

use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::{Dir, FsPerms, OpenMode};

use crate::capability::http::Egress;
use crate::capability::sockets;
use crate::capability::stdio::{Discard, Hangup, Output, Stdio};
use crate::error::{Class, Error, Result};
use crate::policy::{Grants, Guard};
use crate::stream::{Directories, Mount, Mounts, Opener, Writer};

/// What a store holds for one guest.
pub(super) struct GuestContext {
    pub wasi: WasiCtx,
    /// The directories that it finds open.
    pub preopened: Vec<(Option<usize>, Dir, String)>,
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
    /// Files that aren't on a disk; those of the main guest.
    pub mounts: &'a [Mount],
    /// Who decides what it may do.
    pub guard: Arc<Guard>,
    /// Who opens what it names by URL.
    pub opener: Opener,
}

impl GuestContext {
    /// What a guest has of its own.
    pub fn new(parts: &ContextParts<'_>, mounts: &Mounts, hangup: &Hangup) -> Result<GuestContext> {
        let ContextParts { args, env, grants, stdio, guard, opener, .. } = parts;
        let mut builder = WasiCtx::builder();
        builder.allow_blocking_current_thread(true);
        builder.args(args);
        let variables = || grants.env.iter().chain(*env);
        for (index, (key, value)) in variables().enumerate() {
            if !variables().skip(index + 1).any(|(later, _)| later == key) {
                builder.env(key, value);
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
            preopened: preopened(parts, mounts)?,
            egress: Egress::new(guard.clone(), opener.roots().clone()),
            guard: guard.clone(),
            opener: opener.clone(),
            outputs,
        })
    }
}

/// The directories that a guest finds open: those that it's granted, then those of its mounted
/// files.
fn preopened(
    parts: &ContextParts<'_>,
    mounts: &Mounts,
) -> Result<Vec<(Option<usize>, Dir, String)>> {
    let dir = |file: &Arc<File>, read_only: bool| {
        let (perms, mode) = match read_only {
            true => (FsPerms::ReadOnly, OpenMode::READ),
            false => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
        };
        let file = file.try_clone().map_err(|error| {
            Error::new(Class::Host, "cannot give the program its directories").cause(error)
        })?;
        Ok(Dir::new(file, perms, mode, true))
    };

    let granted = parts.directories.iter().enumerate().map(|(index, (grant, file))| {
        Ok((Some(index), dir(file, grant.read_only)?, grant.guest.clone()))
    });
    let mounted =
        mounts.folders().map(|(file, guest)| Ok((None, dir(file, true)?, guest.to_owned())));
    granted.chain(mounted).collect()
}
