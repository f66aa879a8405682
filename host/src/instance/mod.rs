//! Live guests: a store with a program in it, made from what is linked and open, called under a
//! budget, and made anew where it failed.

mod budgets;
pub(crate) mod confined;
mod context;
mod deadline;
mod driven;
mod exit;
mod invoke;
mod isolated;
mod live;
mod ready;
mod request;

pub use confined::Confined;
pub use exit::{Exit, Frame, Trap};
pub use isolated::IsolatedGuest;
pub use live::Instance;
pub use ready::{LinkedProgram, Ready};

pub(crate) use exit::is_ours;
pub(crate) use live::Shortage;
pub(crate) use ready::Start;
pub(crate) use request::Answering;
