//! Exit codes, in one table. The guide's is checked against it by a test.

use std::process::ExitCode;

use forebay::error::Class;
use forebay::run::Exit;

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The command did what it was asked to.
    Success,
    /// The guest's own code.
    Guest(u8),
    /// A wrong flag or value.
    Usage,
    /// The guest's time was up.
    Timeout,
    /// The host failed, or the program can't run here.
    Host,
    /// Policy or a budget kept the program from starting.
    Denied,
    /// No such program, directory or export.
    NotFound,
    /// Ctrl-C.
    Interrupted,
    /// The guest trapped.
    Trap,
    /// The terminal has gone.
    HungUp,
    /// Another process said so.
    Terminated,
}

impl Status {
    /// The status for an error.
    pub fn of(class: Class) -> Status {
        match class {
            Class::Usage => Status::Usage,
            Class::NotFound => Status::NotFound,
            Class::Denied => Status::Denied,
            Class::Program | Class::Import | Class::Host => Status::Host,
        }
    }

    /// The status for a guest's end.
    pub fn of_guest(exit: &Exit) -> Status {
        match exit {
            Exit::Code(code) => Status::Guest(*code),
            Exit::Trap(_) => Status::Trap,
            Exit::Timeout => Status::Timeout,
            Exit::ReaderGone => Status::Success,
        }
    }

    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Status::Success => 0,
            Status::Guest(code) => code,
            Status::Usage => 2,
            Status::Timeout => 124,
            Status::Host => 125,
            Status::Denied => 126,
            Status::NotFound => 127,
            Status::HungUp => 129,
            Status::Interrupted => 130,
            Status::Trap => 134,
            Status::Terminated => 143,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.code())
    }
}
