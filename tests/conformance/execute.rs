//! Carries out the steps of a case.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::spec::{Operation, Spec};
use crate::{service, upstream};

/// Among the flags: a case's files are below an overlay, and not a directory of the host's.
pub const OVERLAY: &str = "overlay";

/// A program that takes longer hangs.
const LIMIT: &str = "30s";

/// What a case has going.
#[derive(Default)]
struct Running {
    child: Option<Child>,
    stdout: Option<BufReader<ChildStdout>>,
    connection: Option<TcpStream>,
    /// Where it's served.
    address: String,
}

/// Runs a case with `flags` for `forebay run`.
pub fn run(wasm: &Path, spec: &Spec, flags: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut running = Running::default();
    let result = spec
        .operations
        .iter()
        .try_for_each(|step| running.step(step, wasm, spec, flags, folder.path()));
    match (result, running.child.take()) {
        (Err(why), Some(mut child)) => {
            // It may be over already.
            let _ = child.kill();
            let mut stderr = String::new();
            let _ = child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut stderr));
            let _ = child.wait();
            Err(format!("{why}\n{stderr}"))
        }
        (result, _) => result,
    }
}

impl Running {
    fn step(
        &mut self,
        step: &Operation,
        wasm: &Path,
        spec: &Spec,
        flags: &[&str],
        folder: &Path,
    ) -> Result<(), String> {
        let io = |error: std::io::Error| error.to_string();
        match step {
            Operation::Run { args, env, root } => {
                let mut command = command(flags, spec.served);
                if spec.proposals.iter().any(|proposal| proposal == "sockets" || proposal == "http")
                {
                    command.args(["--net", "all"]);
                    // `all` doesn't reach this machine itself.
                    for peer in ["tcp://127.0.0.1:*", "udp://127.0.0.1:*"] {
                        command.args(["--net", peer, "--net", &peer.replace("127.0.0.1", "[::1]")]);
                    }
                }
                for server in &spec.servers {
                    let name = server["name"].as_str().unwrap_or_default().to_uppercase();
                    let address = upstream::start(server).map_err(io)?;
                    command.arg("--env").arg(format!("HTTP_SERVER_{name}={address}"));
                }
                for (key, value) in env {
                    command.arg("--env").arg(format!("{key}={value}"));
                }
                if let Some(root) = root {
                    let copy = folder.join("root");
                    copy_tree(&wasm.parent().unwrap().join(root), &copy).map_err(io)?;
                    match flags.contains(&OVERLAY) {
                        true => command.arg(format!("--root=overlay:{}", copy.display())),
                        false => command.arg("--dir").arg(format!("{}::/", copy.display())),
                    };
                }
                command.arg(wasm).args(args);
                let mut child = command.spawn().map_err(io)?;
                self.stdout = child.stdout.take().map(BufReader::new);
                if spec.served {
                    let address = service::address(&mut child);
                    // It's ended with the case, whatever that says.
                    self.child = Some(child);
                    self.address = address?;
                    return Ok(());
                }
                self.child = Some(child);
                Ok(())
            }
            Operation::Read { payload } => {
                expect(self.stdout.as_mut().ok_or("it isn't running")?, payload)
            }
            Operation::Write { payload } => {
                let stdin = self
                    .child
                    .as_mut()
                    .and_then(|child| child.stdin.as_mut())
                    .ok_or("it isn't running")?;
                stdin.write_all(payload.as_bytes()).map_err(io)
            }
            Operation::Connect => {
                let mut line = String::new();
                self.stdout.as_mut().ok_or("it isn't running")?.read_line(&mut line).map_err(io)?;
                let stream = TcpStream::connect(line.trim())
                    .map_err(|error| format!("connecting to {line:?}: {error}"))?;
                self.connection = Some(stream);
                Ok(())
            }
            Operation::Send { payload } => self
                .connection
                .as_mut()
                .ok_or("no connection")?
                .write_all(payload.as_bytes())
                .map_err(io),
            Operation::Receive { payload } => {
                expect(self.connection.as_mut().ok_or("no connection")?, payload)
            }
            Operation::Wait { exit_code } => {
                self.connection = None;
                let mut child = self.child.take().ok_or("it isn't running")?;
                drop(child.stdin.take());
                let mut stdout = String::new();
                self.stdout
                    .take()
                    .map(|mut pipe| pipe.read_to_string(&mut stdout))
                    .transpose()
                    .map_err(io)?;
                let output = child.wait_with_output().map_err(io)?;
                if output.status.code() == Some(*exit_code) {
                    return Ok(());
                }
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                Err(format!("{} instead of {exit_code}\n{stdout}{stderr}", output.status))
            }
            Operation::Request(request) => service::ask(&self.address, request),
            Operation::Kill { signal } => {
                service::kill(self.child.as_ref().ok_or("it isn't running")?, signal)
            }
        }
    }
}

/// The binary, in a cleared environment, with a cache that the cases share.
fn command(flags: &[&str], served: bool) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env_clear().env("XDG_CACHE_HOME", cache).env("NO_COLOR", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match served {
        true => command.args(["serve", "--http", "127.0.0.1:0"]),
        false => command.args(["run", "--timeout", LIMIT]),
    };
    command.args(flags.iter().filter(|flag| **flag != OVERLAY));
    command
}

/// The next bytes are these.
fn expect(from: &mut impl Read, payload: &str) -> Result<(), String> {
    let mut got = vec![0; payload.len()];
    from.read_exact(&mut got).map_err(|error| format!("reading {payload:?}: {error}"))?;
    let same = got == payload.as_bytes();
    same.then_some(())
        .ok_or_else(|| format!("{:?} instead of {payload:?}", String::from_utf8_lossy(&got)))
}

/// Copies a folder; one that git dropped for being empty is made.
fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::write(&target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
