//! What a user says of one guest: its program, and what it may use. A value; nothing is opened.

use std::path::PathBuf;

use crate::app::mount::MountSpec;
use crate::error::{Class, Error, Result};
use crate::policy::{Allowance, Grants, Preopens};
use crate::stream::stdio::{Input, Output, Stdio};

/// Everything that is said of a guest. What isn't said is `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct GuestSpec {
    /// Its name.
    pub name: String,
    /// Its program's file.
    pub source: PathBuf,
    /// The WIT package that gives a legacy reactor typed exports.
    pub wit: Option<PathBuf>,
    /// Which world of that package, if it has several.
    pub world: Option<String>,
    /// Its arguments, after its name.
    pub args: Vec<String>,
    /// What it may use.
    pub grants: Grants,
    /// Where its standard input comes from.
    pub stdin: Option<Input>,
    /// Where its standard output goes.
    pub stdout: Option<Output>,
    /// Where its standard error goes.
    pub stderr: Option<Output>,
    /// What it may use up, and whether it lives in a store of its own.
    pub allowance: Allowance,
    /// What is mounted at paths of it, but for directories, which are granted.
    pub mounts: Vec<MountSpec>,
    /// Whether a manifest describes it, so that what it lacks is granted there.
    pub in_manifest: bool,
}

impl GuestSpec {
    /// A guest of which nothing is said but its name.
    pub fn new(name: &str) -> GuestSpec {
        GuestSpec { name: name.to_owned(), ..GuestSpec::default() }
    }

    /// Its standard streams; what isn't said is as in `unsaid`.
    pub fn stdio_or(&self, unsaid: Stdio) -> Stdio {
        Stdio {
            stdin: self.stdin.clone().unwrap_or(unsaid.stdin),
            stdout: self.stdout.clone().unwrap_or(unsaid.stdout),
            stderr: self.stderr.clone().unwrap_or(unsaid.stderr),
        }
    }

    /// Adds what is said of it besides. Lists grow; of two answers to one question the later holds.
    pub fn amend(&mut self, more: GuestSpec) {
        self.args.extend(more.args);
        self.grants.directories.extend(more.grants.directories);
        self.grants.env.extend(more.grants.env);
        self.grants.net.extend(more.grants.net);
        self.grants.cwd = more.grants.cwd.or(self.grants.cwd.take());
        if more.grants.preopens != Preopens::default() {
            self.grants.preopens = more.grants.preopens;
        }

        self.stdin = more.stdin.or(self.stdin.take());
        self.stdout = more.stdout.or(self.stdout.take());
        self.stderr = more.stderr.or(self.stderr.take());

        let (own, more_allowance) = (std::mem::take(&mut self.allowance), more.allowance);
        self.allowance = Allowance {
            memory: more_allowance.memory.or(own.memory),
            table_elements: more_allowance.table_elements.or(own.table_elements),
            host_memory: more_allowance.host_memory.or(own.host_memory),
            call_timeout: more_allowance.call_timeout.or(own.call_timeout),
            call_fuel: more_allowance.call_fuel.or(own.call_fuel),
            handles: more_allowance.handles.or(own.handles),
            isolate: more_allowance.isolate.or(own.isolate),
            restarts: more_allowance.restarts.or(own.restarts),
            instances: more_allowance.instances.or(own.instances),
        };
        self.mounts.extend(more.mounts);
    }
}

/// Adds what is said besides of one of these guests.
///
/// # Errors
/// `Class::Usage` when none of them has that name.
pub fn amend(guests: &mut [GuestSpec], more: GuestSpec) -> Result<&GuestSpec> {
    let Some(index) = guests.iter().position(|guest| guest.name == more.name) else {
        let mut names: Vec<String> =
            guests.iter().map(|guest| format!("`{}`", guest.name)).collect();
        names.sort();
        let there = match names.as_slice() {
            [] => ": the program is alone".to_owned(),
            names => format!("; there are {}", names.join(", ")),
        };
        let what = format!("there is no guest `{}`{there}", more.name);
        return Err(Error::new(Class::Usage, what));
    };
    guests[index].amend(more);
    Ok(&guests[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_besides_is_added_and_the_later_answer_holds() {
        let mut guests = [GuestSpec::new("app"), GuestSpec::new("mesh")];
        guests[1].args.push("--fast".into());
        guests[1].allowance.memory = Some(1);
        guests[1].allowance.handles = Some(7);
        guests[1].stderr = Some(Output::Inherit);
        guests[1].stdin = Some(Input::Inherit);

        let mut more = GuestSpec::new("mesh");
        more.args.push("5".into());
        more.grants.directories.push(".".parse().unwrap());
        more.allowance.memory = Some(2);
        more.stderr = Some(Output::Nothing);
        amend(&mut guests, more).unwrap();

        assert_eq!(guests[1].args, ["--fast", "5"]);
        assert_eq!(guests[1].grants.directories.len(), 1);
        assert_eq!((guests[1].allowance.memory, guests[1].allowance.handles), (Some(2), Some(7)));
        let stdio = guests[1].stdio_or(Stdio::inherit());
        assert!(matches!(
            (stdio.stdin, stdio.stdout, stdio.stderr),
            (Input::Inherit, Output::Inherit, Output::Nothing)
        ));
        assert!(guests[0].args.is_empty() && guests[0].grants == Grants::default());
    }

    #[test]
    fn a_guest_that_isnt_there_is_told_with_those_that_are() {
        let mut guests = [GuestSpec::new("mesh"), GuestSpec::new("app")];
        let error = amend(&mut guests, GuestSpec::new("mash")).unwrap_err();
        assert_eq!(error.what(), "there is no guest `mash`; there are `app`, `mesh`");
    }
}
