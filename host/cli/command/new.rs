//! `forebay new`: writes a small project into a folder of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use forebay::error::{Class, Error, Result};
use forebay::graph::guest_name;
use forebay::quote::shell;

use crate::answer::answer;
use crate::args::New;
use crate::exit::Status;
use crate::new::Plan;

/// Runs the command.
pub fn run(flags: &New) -> Result<Status> {
    let folder = &flags.name;
    let shown = folder.display().to_string();
    let last = folder.file_name().and_then(|name| name.to_str());
    let last = last.filter(|name| name.contains(|c: char| c.is_ascii_alphanumeric()));
    let Some(last) = last else {
        return Err(Error::new(Class::Usage, format!("`{shown}` is no name for a project"))
            .hint("name a new folder: `forebay new my-tool --lang rust`"));
    };
    let plan = Plan { name: &guest_name(last), lang: flags.lang, kind: flags.kind };
    let files = plan.files()?;

    let taken = fs::read_dir(folder).map(|mut entries| entries.next().is_some());
    if taken.unwrap_or(folder.exists()) {
        return Err(Error::new(Class::Usage, format!("`{shown}` is there already"))
            .hint("name a folder that isn't there, or an empty one"));
    }
    for file in &files {
        let path = folder.join(&file.path);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, &file.text))
            .and_then(|()| match file.runs {
                true => fs::set_permissions(&path, fs::Permissions::from_mode(0o755)),
                false => Ok(()),
            });
        written.map_err(|error| {
            Error::new(Class::Host, format!("cannot write `{}`", path.display())).cause(error)
        })?;
    }

    let enter = shell(&shown);
    answer(
        format!("wrote {} files; go on: cd {enter} && forebay build && ./test\n", files.len())
            .as_bytes(),
    )
}
