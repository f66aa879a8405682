//! What `run` and `call` share: load and link a program, let it run under an executor, report how
//! it ended.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::OnceLock;

use forebay::app::{GuestSpec, is_description};
use forebay::capability::stdio::{Input, Output, Stdio};
use forebay::error::{Class, Error, Result};
use forebay::launch;
use forebay::load::Program;
use forebay::policy::Grants;
use forebay::run::{Exit, Outcome};
use forebay::runtime::{Linked, Loaded, Runtime};
use forebay::typed::{self, Docs, Handle, Signature};

use crate::answer::answer;
use crate::app;
use crate::args::{BudgetFlags, CodeFlags, GrantFlags, GuestFlags, ResultFlags, Sandbox as How};
use crate::ceiling;
use crate::clock::Clock;
use crate::exit::Status;
use crate::meter::{self, Limits};
use crate::project;
use crate::report::Printer;
use crate::sandbox::{Guests, Wall};
use crate::sanitize::escape;
use crate::settings;
use crate::spell::Listed;
use crate::watch::{self, Verdict, Watched};

/// The flags of a command that starts a guest.
pub struct Flags<'a> {
    pub grants: &'a GrantFlags,
    pub guests: &'a GuestFlags,
    pub results: &'a ResultFlags,
    pub budget: &'a BudgetFlags,
    pub code: &'a CodeFlags,
    pub sandbox: How,
    /// The WIT that comments are read from.
    pub wit: Option<&'a Path>,
}

/// A guest about to be started.
pub struct Guest<'a> {
    pub flags: Flags<'a>,
    pub printer: &'a Printer,
    /// The program as the user named it.
    pub path: &'a OsStr,
    /// The words that follow.
    pub words: Vec<String>,
    /// What the manifest says of it.
    pub spec: OnceLock<GuestSpec>,
    /// The guests that a manifest names.
    pub listed: OnceLock<Listed>,
    /// Whether the words are arguments of one function, and can be read as soon as its type is
    /// known.
    pub words_are_arguments: bool,
    /// How much of the guest's time is spent.
    pub clock: Clock,
}

impl Guest<'_> {
    /// Loads the program; `link` chooses what of it is started.
    pub fn load(&self, link: impl Fn(Loaded, &Grants) -> Result<Linked>) -> Result<Linked> {
        let Guest { flags, printer, path, .. } = self;
        if let Some(wit) = flags.wit.filter(|wit| !wit.exists()) {
            let what = format!("there is no WIT file or folder `{}`", wit.display());
            return Err(Error::new(Class::NotFound, what));
        }
        let grants = settings::grants(flags.grants, printer)?;
        let mut config = settings::config(
            Some(flags.code),
            &flags.code.compile,
            flags.budget,
            (printer, &self.clock),
        );
        config.legacy.preopened_sockets = !grants.preopens.sockets.is_empty();
        config.legacy.unix_sockets = !grants.directories.is_empty();
        config.tls_ca = flags.results.tls_ca.clone();
        if config.cache.is_none() && !flags.code.no_cache {
            printer.detail("compiled code isn't kept: neither XDG_CACHE_HOME nor HOME is set");
        }
        for mount in &settings::mounts(flags.grants) {
            printer.detail(&format!("granted: mount {mount}"));
        }
        for directory in &grants.directories {
            printer.detail(&format!("granted: directory {directory}"));
        }
        for rule in &grants.net {
            printer.detail(&format!("granted: network {rule}"));
        }
        for socket in &grants.preopens.sockets {
            printer.detail(&format!("granted: open socket {socket}"));
        }
        // Nothing of ours is under way yet that an interrupt would have to end, so until here it
        // simply ends the process.
        let limits = config.limits.clone();
        let runtime = Runtime::new(config)?;
        let help = RefCell::new(None);
        if flags.guests.with.is_empty() && !is_description(path.as_ref()) {
            ceiling::without_manifest(flags.guests, &path.to_string_lossy())?;
            let check = |program: &Program| {
                let outlined = || link(runtime.outline(program)?, &grants);
                self.preview(program, outlined, &help)
            };
            let program = match path.to_str() {
                Some("-") => runtime.load_if("-", settings::program(path, &limits)?.1, &check),
                _ => runtime.load_file_if(path.as_ref(), &check),
            };
            if let Some(linked) = help.take() {
                return Ok(linked);
            }
            let program = program?;
            let mounts = settings::mounts(flags.grants);
            let linked = link(launch::mount(&runtime, program, &mounts)?, &grants)?;
            // A composition from a file has guests, too.
            let mut others: Vec<GuestSpec> = linked.others().cloned().collect();
            app::grant_composed(&mut others, &flags.guests.grant, printer)?;
            return launch::guests(&runtime, linked, &others);
        }

        let mut app = app::open(path, flags.guests, &limits, printer)?;
        app::describe(app.guests(), printer);
        self.spec.get_or_init(|| app.main().clone());
        self.listed.get_or_init(|| app::listed(&app));

        // The flags come after what the manifest says: of two values of a variable the later wins.
        let mounts = settings::mounts(flags.grants);
        app.amend(GuestSpec { grants, mounts, ..GuestSpec::new(&app.main().name) })?;
        let check = |program: &Program| {
            let outlined = || link(runtime.outline_of_guest(program)?, &Grants::default());
            self.preview(program, outlined, &help)
        };
        let linked = app.link_if(&runtime, &check, &link);
        help.take().map_or(linked, Ok)
    }

    /// Reads the words before a program is compiled, by the types alone. Where they ask for help
    /// that is enough, and `help` is given what answers.
    fn preview(
        &self,
        program: &Program,
        outlined: impl FnOnce() -> Result<Linked>,
        help: &RefCell<Option<Linked>>,
    ) -> Result<()> {
        if program.is_command() || !self.words_are_arguments {
            return Ok(());
        }
        // Whatever else is wrong is told by who runs it.
        let Ok(linked) = outlined() else { return Ok(()) };
        let Some(signature) = linked.signature() else { return Ok(()) };
        let words = self.all_words();
        if typed::help::asked(signature, &words) {
            help.replace(Some(linked));
            return Err(Error::new(Class::Usage, "help is asked for"));
        }
        // A file may be one that can be read only once.
        if words.iter().any(|word| word.contains('@')) {
            return Ok(());
        }
        typed::arguments(signature, &words, settings::destination(self.flags.results)?).map(drop)
    }

    /// The words of the manifest and of the command line.
    fn all_words(&self) -> Vec<String> {
        let said = self.spec.get().into_iter().flat_map(|spec| &spec.args);
        said.chain(&self.words).cloned().collect()
    }

    /// The main guest's standard streams: what the manifest or a flag closes is closed.
    fn stdio(&self) -> Stdio {
        let mut stdio = settings::stdio(self.flags.grants);
        let Some(spec) = self.spec.get() else { return stdio };
        if matches!(spec.stdin, Some(Input::Nothing)) {
            stdio.stdin = Input::Nothing;
        }
        if matches!(spec.stdout, Some(Output::Nothing)) {
            stdio.stdout = Output::Nothing;
        }
        if matches!(spec.stderr, Some(Output::Nothing)) {
            stdio.stderr = Output::Nothing;
        }
        stdio
    }

    /// Runs the program as a command.
    pub fn run(self, program: Linked) -> Result<Status> {
        let (stdio, args) = (self.stdio(), self.all_words());
        self.bound(&program);
        let wall = self.wall((&program, None));
        let work = async { program.run(&args, &stdio).await };
        self.watch(work, None, &wall)
    }

    /// Calls the program's function, or shows how it's called. `command` is how that is spelled.
    pub fn call(self, program: Linked, signature: &Signature, command: &str) -> Result<Status> {
        let words = &self.all_words();
        if typed::help::asked(signature, words) {
            let docs = self.docs();
            return answer(escape_lines(&typed::help::help(command, signature, &docs)).as_bytes());
        }
        let held = self.held();
        held.as_ref().map_or(Ok(()), ceiling::Words::hold)?;
        let call = typed::arguments(signature, words, settings::destination(self.flags.results)?)?;
        held.map_or(Ok(()), |words| words.hold_call(&call))?;
        self.start(program, signature, call)
    }

    /// What is said about the program: in the WIT that the user names or the manifest, beside the
    /// program, in it, and in the folder `wit` beside a manifest.
    fn docs(&self) -> Docs {
        let path = Path::new(self.path);
        let mut said: Vec<&Path> = self.flags.wit.iter().copied().collect();
        let Some(spec) = self.spec.get() else { return Docs::of(path, said) };
        said.extend(spec.wit.as_deref());
        let beside = path.with_file_name("wit");
        said.push(&beside);
        Docs::of(&spec.source, said)
    }

    /// Whose the words are, if a manifest is held to a ceiling.
    fn held(&self) -> Option<ceiling::Words<'_>> {
        let guests = self.flags.guests;
        let spec = self.spec.get().filter(|_| guests.max_grants.is_some() || guests.ask)?;
        let typed = self.words.iter().chain(&self.flags.results.destination);
        Some(ceiling::Words {
            path: Path::new(self.path),
            listed: &spec.args,
            typed: typed.map(String::as_str).collect(),
        })
    }

    /// Calls the function that `named` names; the words are its arguments, unless `named` is a
    /// whole call, `f(1, "a")`, as other runtimes have it. `command` is how that is spelled.
    pub fn invoke(mut self, named: &str, command: &str) -> Result<Status> {
        let (name, is_whole) = match named.split_once('(') {
            Some((name, _)) => (name, true),
            None => (named, false),
        };
        if let (true, Some(extra)) = (is_whole, self.words.first()) {
            return Err(Error::new(Class::Usage, format!("`{extra}` follows a whole call")).hint(
                "give the arguments inside the parentheses, or as words after the function's name",
            ));
        }
        self.words_are_arguments = !is_whole;
        let program = self.load(|program, grants| program.link_function(grants, name))?;
        let signature = program.signature().cloned().expect("a function was linked");
        if !is_whole {
            return self.call(program, &signature, command);
        }
        let call =
            typed::call_expression(&signature, named, settings::destination(self.flags.results)?)?;
        self.start(program, &signature, call)
    }

    /// Makes a call that was read.
    fn start(self, program: Linked, signature: &Signature, call: typed::Call) -> Result<Status> {
        let stdio = self.stdio();
        self.bound(&program);
        let wall = self.wall((&program, Some(&call)));
        let work = async { program.call(&call, &stdio).await };
        self.watch(work, Some(signature), &wall)
    }

    /// The kernel's wall for a program and the call that is made of it.
    fn wall(&self, run: (&Linked, Option<&typed::Call>)) -> Wall {
        let guests = Guests { programs: vec![run], results: self.flags.results };
        Wall::plan(self.flags.sandbox, &guests)
    }

    /// Drives a run to its end.
    fn watch(
        &self,
        work: impl Future<Output = Result<Outcome>> + Send,
        signature: Option<&Signature>,
        wall: &Wall,
    ) -> Result<Status> {
        let name = self.path.to_string_lossy();
        let limit = self.flags.budget.timeout;
        let (clock, files) = (&self.clock, self.flags.budget.max_files);
        let watched = Watched { printer: self.printer, name: &name, limit, clock, files, wall };
        watch::execute(&watched, work, |outcome, verdict: &Verdict| {
            let status = verdict.set(status(&outcome, signature));
            self.report(&outcome);
            status
        })
    }

    /// Puts a wall round the process, before the program runs.
    fn bound(&self, program: &Linked) {
        let most = program.most();
        let limits =
            Limits { host: most.host_memory, guest: most.memory.saturating_add(most.stack as u64) };
        let guest = self.path.to_string_lossy();
        meter::arm(&limits, self.printer.over_host_memory(&guest, most.host_memory));
    }

    /// Says how a run ended.
    pub fn report(&self, outcome: &Outcome) {
        let printer = self.printer;
        let guest = self.path.to_string_lossy();
        match &outcome.exit {
            Exit::Trap(trap) => printer.trap(&guest, trap),
            Exit::Timeout => printer.late(&guest, self.flags.budget.timeout.unwrap_or_default()),
            Exit::Code(_) | Exit::ReaderGone => {}
        }
        outcome.failures.iter().for_each(|failure| printer.error(failure));
        // The main guest's standard error is silent only if the user wants it so.
        for said in &outcome.said {
            said.guest.iter().for_each(|guest| printer.said(guest, &said.text));
        }
        let listed = self.listed.get_or_init(Listed::default);
        printer.denials(&guest, &outcome.denials, listed);
        printer.left_out(&guest, outcome.left_out);
        printer.missed(&guest, &outcome.missed, listed);
        let refused = !outcome.denials.is_empty() || !outcome.missed.is_empty();
        if let (true, Some(flag)) = (refused, misplaced(&self.words)) {
            printer.hint(&format!(
                "`{flag}` after the program's name is the program's own; ours stand before it: \
                 `forebay run {flag} … {guest}`"
            ));
        }
    }
}

/// A grant among a program's own words: put there by a slip, if the program was refused something.
fn misplaced(words: &[String]) -> Option<&str> {
    let flags = ["--dir", "--net", "--env", "--env-inherit", "--listen", "--dial", "--mount"];
    let names = words.iter().map(|word| word.split('=').next().unwrap_or(word));
    names.into_iter().find(|name| flags.contains(name))
}

/// The exit code that stands for an outcome.
pub fn status(outcome: &Outcome, signature: Option<&Signature>) -> Status {
    let status = Status::of_guest(&outcome.exit);
    // A guest that reads a plain `stream<u8>` takes what broke off for the end, and its result for
    // a good one.
    let deaf = |signature: &Signature| {
        let handle = |parameter: &typed::Parameter| Handle::of(&parameter.ty);
        signature
            .parameters
            .iter()
            .any(|p| matches!(handle(p), Some(Handle::Bytes | Handle::Lines)))
    };
    match outcome.failures.as_slice() {
        [first, ..] if status.code() == 0 && signature.is_some_and(deaf) => {
            Status::of(first.class())
        }
        _ => status,
    }
}

/// The program that a path stands for: of a folder with a manifest that, built if it's due.
///
/// # Errors
/// As [`project::refresh`].
pub fn program(path: &OsStr, guests: &GuestFlags, printer: &Printer) -> Result<OsString> {
    let program = project::program(path);
    if program != path {
        let held = guests.max_grants.is_some() || guests.ask;
        project::refresh(Path::new(&program), held, printer)?;
    }
    Ok(program)
}

/// The words after a program's name, as text.
///
/// # Errors
/// `Class::Usage` when one isn't UTF-8.
pub fn words(words: &[OsString]) -> Result<Vec<String>> {
    settings::arguments(words)
}

/// Text with comments from the program in it; its own line breaks stay.
fn escape_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", escape(line))).collect()
}
