//! `forebay explain`: who is linked to whom, and who may touch what.

use forebay::app::GuestSpec;
use forebay::config::{Adapter, Legacy};
use forebay::error::Result;
use forebay::graph::Explanation;
use forebay::policy::Grants;

use crate::answer::answer;
use crate::app;
use crate::args::Explain;
use crate::exit::Status;
use crate::report::Printer;
use crate::sanitize::escape;
use crate::settings;

/// Runs the command.
pub fn run(flags: &Explain, printer: &Printer) -> Result<Status> {
    let limits = settings::limits(&flags.limits);
    let mut app = app::open(flags.program.as_os_str(), &flags.guests, &limits, printer)?;
    let grants = settings::grants(&flags.grants, printer)?;
    app.amend(GuestSpec { grants, ..GuestSpec::new(&app.main().name) })?;

    let linked = app.graph().link(Adapter::default(), &Legacy::default())?;
    let grants: Vec<Grants> = app.guests().iter().map(|guest| guest.grants.clone()).collect();
    let explanation = Explanation::new(&linked, &grants);
    let text = match (flags.json, flags.svg, flags.mermaid) {
        (true, ..) => return answer(explanation.json().as_bytes()),
        (_, true, _) => return answer(explanation.svg().as_bytes()),
        (.., true) => explanation.mermaid(),
        _ => explanation.text(),
    };
    answer(text.lines().map(|line| format!("{}\n", escape(line))).collect::<String>().as_bytes())
}
