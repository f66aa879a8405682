//! The program that new requests go to. It's replaced as a whole; requests that are under way stay
//! with the one that they began with.

use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{Class, Error, Result};
use crate::serve::event::Event;
use crate::serve::service::{Kind, Service, Setting};
use crate::serve::site::{Served, Site};

/// A program, and how many were there before it.
pub(super) struct Generation {
    /// From 1 on.
    pub number: u64,
    pub service: Arc<Service>,
    /// Who answers what a route is for.
    pub site: Arc<Site>,
}

impl Generation {
    /// Makes sure that all its programs start.
    ///
    /// # Errors
    /// As [`Service::probe`].
    pub async fn probe(&self) -> Result<()> {
        self.service.probe().await?;
        for service in self.site.services() {
            service.probe().await?;
        }
        Ok(())
    }
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
    pub fn new(served: Served, setting: Setting) -> Result<Current> {
        let now = RwLock::new(Arc::new(open(served, 1, &setting)?));
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
    pub async fn swap(&self, served: Served) -> Result<u64> {
        let swapped = self.prepare(served).await.map(|next| {
            let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
            let number = now.number + 1;
            *now = Arc::new(Generation { number, ..next });
            number
        });
        self.setting.events.emit(match &swapped {
            Ok(generation) => Event::Swapped { generation: *generation },
            Err(error) => Event::SwapFailed { why: error.to_string() },
        });
        swapped
    }

    async fn prepare(&self, served: Served) -> Result<Generation> {
        let next = open(served, 0, &self.setting)?;
        if !same(self.get().service.kind(), next.service.kind()) {
            let what = format!("`{}` isn't asked as the program before it", next.service.name());
            return Err(Error::new(Class::Program, what)
                .cause("one of them is handed connections, and the other isn't")
                .hint("start the server anew"));
        }
        next.probe().await?;
        Ok(next)
    }
}

/// Opens what is served.
fn open(served: Served, number: u64, setting: &Setting) -> Result<Generation> {
    let service = Arc::new(Service::new(served.main.clone(), setting)?);
    let site = Arc::new(Site::new(served, &service, setting)?);
    Ok(Generation { number, service, site })
}

/// Whether two programs can be asked by the same listeners.
fn same(one: &Kind, other: &Kind) -> bool {
    matches!(one, Kind::Handler) == matches!(other, Kind::Handler)
}
