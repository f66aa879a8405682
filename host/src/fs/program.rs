//! A file without offsets: a program, or something else that is opened anew each time.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use crate::account::Accounts;
use crate::fs::node::{Access, Handle, Kind, Node, NodeRef, Stat, new_device};
use crate::stream::{Mounted, Shared};

struct Program {
    mounted: Arc<dyn Mounted>,
    /// What the run may take that opens it.
    run: Accounts,
    id: (u64, u64),
    made: SystemTime,
}

/// A file that opens `mounted`, in a run of these accounts.
pub(super) fn node(mounted: &Arc<dyn Mounted>, run: &Accounts) -> NodeRef {
    Arc::new(Program {
        mounted: mounted.clone(),
        run: run.clone(),
        id: (new_device(), 1),
        made: SystemTime::now(),
    })
}

impl Node for Program {
    fn kind(&self) -> Kind {
        Kind::File
    }

    fn id(&self) -> (u64, u64) {
        self.id
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(Stat { kind: Kind::File, links: 1, size: 0, times: [self.made; 3] })
    }

    fn open(&self, _: Access) -> io::Result<Handle> {
        Ok(Handle::Stream(Shared::new(self.mounted.open(&self.run))))
    }
}
