//! How a manifest's program is built: a command of the user's own, which the library never runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What `[build]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSpec {
    /// The command, for the shell, in the manifest's folder.
    pub command: String,
    /// What it reads: files and folders.
    pub inputs: Vec<PathBuf>,
    /// What it writes.
    pub output: PathBuf,
    /// The programs that it needs, each with how to get it.
    pub tools: BTreeMap<String, String>,
}

/// `[build]`, as it's written.
#[derive(Deserialize)]
pub(super) struct Raw {
    command: String,
    #[serde(default)]
    inputs: Vec<PathBuf>,
    output: Option<PathBuf>,
    #[serde(default)]
    tools: BTreeMap<String, String>,
}

impl Raw {
    /// With paths from `folder`; the output is the main guest's `source` unless another is named.
    pub(super) fn read(self, folder: &Path, source: Option<&Path>) -> BuildSpec {
        let main = || source.map(Path::to_owned).unwrap_or_default();
        BuildSpec {
            command: self.command,
            inputs: self.inputs.iter().map(|input| folder.join(input)).collect(),
            output: self.output.map_or_else(main, |output| folder.join(output)),
            tools: self.tools,
        }
    }
}
