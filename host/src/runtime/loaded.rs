//! A compiled program, and meeting its imports.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::Component;

use crate::app::GuestSpec;
use crate::engine::Pool;
use crate::error::{Class, Error, Result};
use crate::event::Event;
use crate::hint::{Hint, Setting};
use crate::instance::LinkedProgram;
use crate::interfaces::Interface;
use crate::link::{self, Wanted};
use crate::policy::{Action, Grants, Preopen};
use crate::runtime::code::{deserialize, unloadable};
use crate::runtime::imports::plan_of;
use crate::runtime::isolated::Isolated;
use crate::runtime::mount;
use crate::runtime::{Linked, Loaded};

impl Loaded {
    /// Meets the program's imports, under `grants`.
    ///
    /// # Errors
    /// `Class::Import` when an import is met by nobody, listing every one; `Class::NotFound` when
    /// there is nothing to run.
    pub fn link(self, grants: &Grants) -> Result<Linked> {
        self.link_to(grants, Wanted::Main)
    }

    /// Meets the program's imports, under `grants`, for calls of the function that `function`
    /// names, whole or in short.
    ///
    /// # Errors
    /// As [`link`](Loaded::link), and `Class::Usage` when several functions have that name.
    pub fn link_function(self, grants: &Grants, function: &str) -> Result<Linked> {
        self.link_to(grants, Wanted::Function(function))
    }

    /// Meets the program's imports, under `grants`, for a server: what answers HTTP requests comes
    /// before a main. It's made with places for `instances` at the same time, where the system has
    /// room for that.
    ///
    /// # Errors
    /// As [`link`](Loaded::link).
    pub fn link_service(mut self, grants: &Grants, instances: u32) -> Result<Linked> {
        let memory = self.runtime.0.config.budget.memory.saturating_add(self.headroom);
        if let Some(pool) = Pool::of(&self.component, instances, memory) {
            match self.pooled(&pool) {
                Ok(component) => self.component = component,
                Err(error) => self.runtime.0.emit(Event::Unpooled { why: error.to_string() }),
            }
        }
        self.link_to(grants, Wanted::Service)
    }

    /// The same code in an engine with places for its instances.
    fn pooled(&self, pool: &Pool) -> Result<Component> {
        let Loaded { runtime, name, component, .. } = self;
        let engine = runtime.0.engines.pooled(component.engine(), pool)?;
        let code = component.serialize().map_err(|error| unloadable(name, &error))?;
        deserialize(&engine, name, &code)
    }

    fn link_to(self, grants: &Grants, wanted: Wanted<'_>) -> Result<Linked> {
        let mounts = !self.mounts.is_empty();
        let plan = plan_of(&self.name, &self.component, &self.cross_store, mounts)?;
        mount::find(&self.name, &self.mounts, &plan, grants)?;
        let takes_sockets = plan.interfaces.contains(&Interface::Preview1Preopens);
        if !grants.preopens.sockets.is_empty() && !takes_sockets {
            return Err(Error::new(Class::Usage, format!("`{}` can't be given open sockets", self.name))
                .cause(
                    "only a preview-1 module that uses descriptors can, through our adapter, its state not in its heap",
                )
                .hint(itself(&grants.preopens.sockets)));
        }
        if let (Some(functions), true) = (&self.idle, wanted != Wanted::Exports) {
            return Err(link::idle(&self.name, functions, wanted));
        }
        let code = link::link(&self.name, &self.component, (&plan, &self.cross_store), wanted)?;
        let program = LinkedProgram {
            others: code.guests.iter().map(|name| GuestSpec::new(name)).collect(),
            code: Arc::new(code),
            grants: grants.clone(),
            mounts: self.mounts,
            others_mounts: BTreeMap::new(),
            isolated: self.isolated.iter().map(Isolated::link).collect::<Result<_>>()?,
            confined: self.confined,
            budget: self.runtime.0.config.budget.clone(),
            headroom: self.headroom,
            events: self.runtime.0.config.listener.clone(),
            name: self.name,
        };
        Ok(Linked { runtime: self.runtime, program, within: None, ready: Arc::default() })
    }
}

/// What to do instead of giving a program sockets that it has no place for.
fn itself(sockets: &[Preopen]) -> Hint {
    let is = |action: Action| sockets.iter().any(move |socket| socket.action == action);
    let given = [(Action::Listen, Setting::Listen), (Action::Dial, Setting::Dial)];
    let given: Vec<Setting> =
        given.into_iter().filter(|(action, _)| is(*action)).map(|(_, setting)| setting).collect();

    let mut hint = Hint::from("a program that opens its sockets itself is allowed to by");
    for socket in sockets {
        hint = hint.then(" ").set(Setting::Net(Some(socket.to_string())));
    }
    for (index, setting) in given.into_iter().enumerate() {
        hint = hint.then(if index == 0 { " instead of " } else { " and " }).set(setting);
    }
    hint
}
