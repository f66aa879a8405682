//! The one place that renders errors, warnings, traps and denials, on standard error.

mod served;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use forebay::error::Error;
use forebay::event::Event;
use forebay::policy::Denial;
use forebay::run::Trap;

use crate::args::{Color, Global};
use crate::sanitize::escape;
use crate::setting::setting;
use crate::spell::{self, Listed};

pub use served::Teller;

/// How many stack frames are shown unless `-v` asks for all.
const FRAMES: usize = 16;
/// How many lines of a guest's silenced standard error are shown unless `-v` asks for all.
const LINES: usize = 10;

/// What is said, and how.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    verbose: bool,
    quiet: bool,
    color: bool,
    terminal: bool,
}

impl Printer {
    /// Decides from the flags, `NO_COLOR` and whether standard error is a terminal.
    pub fn new(global: &Global) -> Printer {
        let terminal = std::io::stderr().is_terminal();
        let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let color = match global.color {
            Color::Auto => {
                terminal
                    && unset("NO_COLOR")
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
            Color::Always => true,
            Color::Never => false,
        };
        Printer { verbose: global.verbose, quiet: global.quiet, color, terminal }
    }

    /// Whether a progress line may be shown.
    pub fn shows_progress(&self) -> bool {
        self.terminal && !self.quiet
    }

    /// An error: what, why, what to do.
    pub fn error(&self, error: &Error) {
        self.line("error", "1;31", error.what());
        for cause in error.causes() {
            self.line("cause", "1", cause);
        }
        if let Some(hint) = error.advice() {
            self.line("hint", "1;36", &hint.written(setting));
        }
    }

    /// Something worth knowing that stops nothing.
    pub fn warning(&self, text: &str, hint: Option<&str>) {
        if self.quiet {
            return;
        }
        self.line("warning", "1;33", text);
        if let Some(hint) = hint {
            self.line("hint", "1;36", hint);
        }
    }

    /// What to do about what was said before.
    pub fn hint(&self, text: &str) {
        if !self.quiet {
            self.line("hint", "1;36", text);
        }
    }

    /// What is done before the program runs, where that takes its time.
    pub fn step(&self, label: &str, text: &str) {
        if !self.quiet {
            self.line(label, "1;32", text);
        }
    }

    /// Where another process says what it has to say.
    pub fn stream(&self) -> std::process::Stdio {
        std::io::stderr().into()
    }

    /// A line for `-v`.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.line("info", "1;34", text);
        }
    }

    /// A question, and what it's about, a line each. The answer follows on the same line.
    pub fn question(&self, about: &str, lines: &[String], question: &str) {
        self.line("question", "1;36", about);
        lines.iter().for_each(|line| self.raw(&format!("  {line}")));
        self.write(question);
    }

    /// A guest's trap, with the functions that were active.
    pub fn trap(&self, guest: &str, trap: &Trap) {
        self.line("error", "1;31", &format!("`{guest}` trapped: {}", trap.message));
        let shown = if self.verbose { trap.frames.len() } else { FRAMES };
        for (index, frame) in trap.frames.iter().take(shown).enumerate() {
            let module =
                frame.module.as_deref().map(|module| format!("{module}!")).unwrap_or_default();
            let offset = frame.offset.map(|offset| format!(" (+{offset:#x})")).unwrap_or_default();
            let source =
                frame.source.as_deref().map(|source| format!(" at {source}")).unwrap_or_default();
            self.raw(&format!("  {index:>3}: {module}{}{offset}{source}", frame.function));
        }
        if trap.frames.len() > shown {
            self.raw(&format!("       and {} more; `-v` shows all", trap.frames.len() - shown));
        }
        if let Some(hint) = &trap.hint {
            self.line("hint", "1;36", &hint.written(setting));
        }
    }

    /// An error that is the guest's doing or the user's wish, in one line with a hint.
    pub fn failure(&self, text: &str, hint: Option<&str>) {
        self.line("error", "1;31", text);
        if let Some(hint) = hint {
            self.line("hint", "1;36", hint);
        }
    }

    /// A guest went over its time limit.
    pub fn late(&self, guest: &str, limit: Duration) {
        self.failure(
            &format!("`{guest}` went over its time limit of {limit:?}"),
            Some("raise it with `--timeout DURATION`"),
        );
    }

    /// A guest's time was up before it started.
    pub fn late_to_start(&self, guest: &str, limit: Duration) {
        self.failure(
            &format!("`{guest}` went over its time limit of {limit:?} before it started"),
            Some("reading it, its manifest and its arguments counts; is one of them a pipe that stays open?"),
        );
    }

    /// What is said of a guest for which the host would hold more than it may, made ready before.
    pub fn over_host_memory(&self, guest: &str, limit: u64) -> String {
        let what =
            format!("`{guest}` trapped: it went over its host memory budget of {limit} bytes");
        let hint = "raise it with `--max-host-memory SIZE`, if the program needs so much";
        self.rendered("error", "1;31", &what) + &self.rendered("hint", "1;36", hint)
    }

    /// What a guest was refused, a line each; `listed` are the guests that a manifest names.
    pub fn denials(&self, guest: &str, denials: &[Denial], listed: &Listed) {
        if self.quiet {
            return;
        }
        for denial in denials {
            let shown = denial.guest.as_deref().unwrap_or(guest);
            let remedy = spell::remedy(denial, listed);
            self.line(
                "denied",
                "1;33",
                &format!("`{shown}` may not {}; allow it with {remedy}", denial.what),
            );
        }
    }

    /// How many refusals aren't shown.
    pub fn left_out(&self, guest: &str, count: u64) {
        if count > 0 && !self.quiet {
            self.line("denied", "1;33", &format!("`{guest}` was refused {count} more"));
        }
    }

    /// What guests that failed may have missed, a line each.
    pub fn missed(&self, guest: &str, missed: &[Denial], listed: &Listed) {
        if self.quiet {
            return;
        }
        for denial in missed {
            let shown = denial.guest.as_deref().unwrap_or(guest);
            let remedy = spell::remedy(denial, listed);
            let text = format!(
                "`{shown}` was granted no directory; if it wants files, allow it with {remedy}"
            );
            self.line("hint", "1;36", &text);
        }
    }

    /// The last lines that a guest which failed wrote to a standard error that leads nowhere.
    pub fn said(&self, guest: &str, text: &str) {
        if self.quiet {
            return;
        }
        self.line("stderr", "1", &format!("`{guest}` wrote last:"));
        let lines: Vec<&str> = text.lines().collect();
        let shown = if self.verbose { lines.len() } else { LINES };
        for line in &lines[lines.len().saturating_sub(shown)..] {
            self.raw(&format!("  {line}"));
        }
    }

    /// A warning for an event, if it calls for one.
    pub fn event(&self, event: &Event) {
        match event {
            Event::CacheDamaged { path, why } => {
                self.warning(
                    &format!(
                        "the cached code `{}` is damaged and is made anew: {why}",
                        path.display()
                    ),
                    None,
                );
            }
            Event::CacheUnusable { path, why } => self.warning(
                &format!("the cache `{}` is not used: {why}", path.display()),
                Some("mend it, or say `--no-cache`"),
            ),
            Event::UnknownSockets { program, functions } => {
                let names: Vec<String> = functions.iter().map(|name| format!("`{name}`")).collect();
                self.warning(
                    &format!(
                        "`{program}` imports {}, which no socket dialect has: calls will fail with ENOSYS",
                        names.join(", ")
                    ),
                    None,
                );
            }
            Event::Listening { address, chosen: true } if !self.quiet => {
                self.line("listening", "1;32", &format!("tcp://{address}"));
            }
            Event::Listening { address, .. } => self.detail(&format!("listening: tcp://{address}")),
            Event::Logged { prefix, line } if prefix.is_empty() => self.line("log", "1;35", line),
            Event::Logged { prefix, line } => {
                self.line("log", "1;35", &format!("{prefix}: {line}"))
            }
            Event::LeftOut { guest, lines } => {
                let whose =
                    guest.as_ref().map(|guest| format!(" of `{guest}`")).unwrap_or_default();
                let text = format!("{lines} lines{whose} are left out, because there were so many");
                self.line("log", "1;35", &text);
            }
            Event::Restarting { guest, why, said } => {
                self.warning(&format!("the guest `{guest}` {why}; it is started again"), None);
                said.iter().for_each(|text| self.said(guest, text));
            }
            Event::Untrusted { server, why, hint } => {
                let hint = hint.as_ref().map(|hint| hint.written(setting));
                self.warning(&format!("`{server}` isn't believed: {why}"), hint.as_deref());
            }
            Event::MountFailed { why } => self.warning(why, None),
            Event::Unpooled { why } => self.warning(why, Some("it's served, but slower")),
            Event::Compiling { .. } | Event::Compiled | Event::Given { .. } => {}
        }
    }

    fn line(&self, label: &str, style: &str, text: &str) {
        self.write(&self.rendered(label, style, text));
    }

    fn rendered(&self, label: &str, style: &str, text: &str) -> String {
        let label =
            if self.color { format!("\x1b[{style}m{label}:\x1b[0m") } else { format!("{label}:") };
        format!("{label} {}\n", escape(text))
    }

    fn raw(&self, text: &str) {
        self.write(&format!("{}\n", escape(text)));
    }

    /// Writes in one piece; when standard error itself is gone there is nobody left to tell.
    fn write(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}
