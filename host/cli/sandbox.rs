//! The kernel's wall round the process: planned when everything is compiled, put up before anything
//! runs.

use forebay::error::Result;
use forebay::runtime::Linked;
use forebay::sandbox::Sandbox;
use forebay::typed::Call;

use crate::args::{ResultFlags, Sandbox as How};
use crate::report::Printer;

/// What is about to run.
pub struct Guests<'a> {
    /// The programs, each with the call that is made, if it's a function.
    pub programs: Vec<(&'a Linked, Option<&'a Call>)>,
    pub results: &'a ResultFlags,
}

/// A wall that can be put up.
pub struct Wall {
    how: How,
    sandbox: Sandbox,
}

impl Wall {
    /// Finds out what must be left open.
    pub fn plan(how: How, guests: &Guests<'_>) -> Wall {
        let mut wall = Wall { how, sandbox: Sandbox::default() };
        if how == How::None {
            return wall;
        }

        for (program, call) in &guests.programs {
            wall.sandbox.program(program);
            call.iter().for_each(|call| wall.sandbox.call(call));
        }
        if let Some(file) = &guests.results.tls_ca {
            wall.sandbox.read(file);
        }
        wall
    }

    /// Puts it up round this thread and those that it starts from now on.
    ///
    /// # Errors
    /// `Class::Host` when all of it is wanted and the kernel can't.
    pub fn put_up(&self, printer: &Printer) -> Result<()> {
        if self.how == How::None {
            printer.detail("sandbox: none");
            return Ok(());
        }

        let mut walls = self.sandbox.clone().enforce();
        if self.how == How::Strict {
            walls = walls.all()?;
        }
        walls.up.iter().for_each(|wall| printer.detail(&format!("sandbox: {wall}")));
        walls.missing.iter().for_each(|why| printer.detail(&format!("sandbox: {why}")));
        Ok(())
    }
}
