//! Who may do what: rules as the user wrote them, and the one place that decides.
//!
//! Everything is denied unless a [`Grants`] names it. A [`Guard`] is asked before each access that
//! can be refused and remembers each refusal as a [`Denial`], which says the grant that would
//! allow it. Nothing here opens anything.

mod allowance;
mod cover;
mod denial;
pub(crate) mod grants;
mod guard;
mod missed;
mod preopen;
mod reserved;
mod rule;
mod said;

pub use allowance::Allowance;
pub use denial::{Denial, Denials, Needed};
pub use grants::{Directory, Grants};
pub use guard::{Below, Guard};
pub use missed::Missed;
pub use preopen::{Preopen, Preopens};
pub use rule::{Action, Host, NetRule, Ports, Transport};
pub use said::{LastLines, Said};
