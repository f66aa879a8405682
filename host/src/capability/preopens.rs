//! `forebay:preview1/preopens`: names the sockets that a legacy program finds open, and hears how
//! opening them went.
//!
//! The adapter opens them through `wasi:sockets`, so each is under the guard as any other socket
//! is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpSocketAddress};

use crate::capability::Guarded;
use crate::capability::import::Import;
use crate::error::{Class, Error};
use crate::event::Event;
use crate::hint::{Hint, Setting};
use crate::policy::{Action, Guard, Preopen};
use crate::stream::look_up;

#[derive(ComponentType, Lower)]
#[component(record)]
struct Socket {
    address: IpSocketAddress,
    connect: bool,
    nonblocking: bool,
    backlog: u32,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct Preopened {
    #[component(name = "before-directories")]
    before_directories: bool,
    sockets: Vec<Socket>,
}

/// A socket that the user asked for can't be opened: the program can't run.
#[derive(Debug)]
pub struct Failed {
    /// What can't be done.
    what: String,
    why: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for Failed {}

impl Failed {
    fn new(socket: &Preopen, why: impl fmt::Display) -> Failed {
        let rule = socket.to_string();
        let what = match rule.strip_prefix("listen+") {
            Some(address) => format!("cannot listen on {address}"),
            None => format!("cannot connect to {rule}"),
        };
        Failed { what, why: why.to_string() }
    }

    /// For the user.
    pub fn error(&self) -> Error {
        Error::new(Class::Host, &self.what).cause(&self.why).hint(Hint::with(
            "{} and {} open sockets before the program starts",
            [Setting::Listen, Setting::Dial],
        ))
    }
}

pub(super) fn define<T: Guarded>(
    linker: &mut Linker<T>,
    import: Import<'_>,
) -> wasmtime::Result<()> {
    let mut interface = linker.instance(import.name)?;
    interface.func_wrap_async("sockets", |store: StoreContextMut<'_, T>, (): ()| {
        let guard = store.data().guard(0).clone();
        Box::new(async move {
            let preopens = guard.preopens();
            let mut sockets = Vec::new();
            for socket in &preopens.sockets {
                sockets.push(Socket {
                    address: resolve(&guard, socket).await?.into(),
                    connect: socket.action == Action::Dial,
                    nonblocking: socket.nonblocking,
                    backlog: socket.backlog,
                });
            }
            Ok((Preopened { before_directories: preopens.before_directories, sockets },))
        })
    })?;
    interface.func_wrap(
        "opened",
        |store: StoreContextMut<'_, T>, (number, at): (u32, IpSocketAddress)| {
            let guard = store.data().guard(0);
            if let Some(socket) = guard.preopens().sockets.get(number as usize)
                && socket.action == Action::Listen
            {
                guard.tell(Event::Listening {
                    address: SocketAddr::from(at),
                    chosen: socket.port == 0,
                });
            }
            Ok(())
        },
    )?;
    interface.func_wrap(
        "failed",
        |store: StoreContextMut<'_, T>, (number, code): (u32, ErrorCode)| match store
            .data()
            .guard(0)
            .preopens()
            .sockets
            .get(number as usize)
        {
            Some(socket) => Err::<(), _>(Failed::new(socket, code.message()).into()),
            None => Err(wasmtime::Error::msg(
                "the adapter failed to open a socket that nobody asked for",
            )),
        },
    )?;

    Ok(())
}

/// The address of a socket; the first one of a name.
async fn resolve(guard: &Guard, socket: &Preopen) -> Result<SocketAddr, Failed> {
    if let Ok(address) = socket.host.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, socket.port));
    }
    let found = look_up(Some(guard), &socket.host, socket.port).await;
    let found = found.map_err(|error| Failed::new(socket, error))?;
    guard.resolved(&socket.host, &found.iter().map(SocketAddr::ip).collect::<Vec<_>>());
    found.first().copied().ok_or_else(|| Failed::new(socket, "the name has no address"))
}
