//! An isolated guest of a graph, compiled, and meeting its imports.

use std::sync::Arc;

use wasmtime::component::Component;

use crate::app::GuestSpec;
use crate::edge::CrossStoreImport;
use crate::error::Result;
use crate::instance::IsolatedGuest;
use crate::link::{self, Wanted};
use crate::plan::Plan;
use crate::policy::Allowance;
use crate::runtime::imports::plan_of;

/// An isolated guest, compiled.
#[derive(Clone)]
pub(super) struct Isolated {
    pub name: String,
    pub component: Component,
    /// Bytes of memory that our adapter has below the guest's own.
    pub headroom: u64,
    /// What other isolated guests meet of its imports.
    pub cross_store: Vec<CrossStoreImport>,
    pub allowance: Allowance,
    /// Whether it's run for each call.
    pub command: bool,
}

impl Isolated {
    /// Meets the guest's imports.
    ///
    /// # Errors
    /// `Class::Import` when one is met by nobody.
    pub fn link(&self) -> Result<IsolatedGuest> {
        let Isolated { name, component, cross_store, .. } = self;
        let wanted = if self.command { Wanted::Main } else { Wanted::Exports };
        // What is mounted for it isn't known yet.
        let plan = Plan { own_files: true, ..plan_of(name, component, cross_store, false)? };
        let code = link::link(name, component, (&plan, cross_store), wanted)?;

        Ok(IsolatedGuest {
            spec: GuestSpec::new(name),
            code: Arc::new(code),
            allowance: self.allowance.clone(),
            headroom: self.headroom,
        })
    }
}
