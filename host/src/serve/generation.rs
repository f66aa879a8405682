//! The program that new requests go to. It's replaced as a whole; requests that are under way stay
//! with the one that they began with.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{Class, Error, Result};
use crate::runtime::Linked;
use crate::serve::event::Event;
use crate::serve::service::{Kind, Service, Setting};

/// A program, and how many were there before it.
pub(super) struct Generation {
    /// From 1 on.
    pub number: u64,
    pub service: Arc<Service>,
}

/// The generation that new requests go to.
pub(super) struct Current {
    setting: Setting,
    now: RwLock<Arc<Generation>>,
}

impl Current {
    /// Begins with a program.
    ///
    /// # Errors
    /// As [`Service::new`].
    pub fn new(linked: Linked, setting: Setting) -> Result<Current> {
        let service = Arc::new(Service::new(linked, &setting)?);
        let now = RwLock::new(Arc::new(Generation { number: 1, service }));
        Ok(Current { setting, now })
    }

    /// The generation that a new request goes to.
    pub fn get(&self) -> Arc<Generation> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has new requests go to `linked`, if it starts and is asked as the one before it.
    ///
    /// # Errors
    /// When it can't replace that one, which stays.
    pub async fn swap(&self, linked: Linked) -> Result<u64> {
        let swapped = self.prepare(linked).await.map(|service| {
            let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
            let number = now.number + 1;
            *now = Arc::new(Generation { number, service });
            number
        });
        self.setting.events.emit(match &swapped {
            Ok(generation) => Event::Swapped { generation: *generation },
            Err(error) => Event::SwapFailed { why: error.to_string() },
        });
        swapped
    }

    async fn prepare(&self, linked: Linked) -> Result<Arc<Service>> {
        let service = Service::new(linked, &self.setting)?;
        if !same(self.get().service.kind(), service.kind()) {
            let what = format!("`{}` isn't asked as the program before it", service.name());
            return Err(Error::new(Class::Program, what)
                .cause("one of them is handed connections, and the other isn't")
                .hint("start the server anew"));
        }
        service.probe().await?;
        Ok(Arc::new(service))
    }
}

/// Whether two programs can be asked by the same listeners.
fn same(one: &Kind, other: &Kind) -> bool {
    matches!(one, Kind::Handler) == matches!(other, Kind::Handler)
}
