//! Name look-up, for exactly the names that the guard allows; what they resolve to becomes
//! reachable.
//!
//! wasmtime-wasi's own look-up is all or nothing and doesn't tell which addresses it found, so both
//! versions of the interface are defined anew here, at the exact versions that the rest of the host
//! is defined at.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use url::Host;

use crate::account::{Account, Charge};
use crate::capability::Guarded;
use crate::capability::import::Import;
use crate::policy::Guard;
use crate::stream::look_up;

/// Why a name has no addresses.
enum Failure {
    Denied,
    Malformed,
    Unresolvable,
    /// The guest's account has no room for what was found.
    TooMany,
}

/// Resolves a name through the system's resolver, if the guard allows. An address resolves to
/// itself.
async fn resolve(guard: Arc<Guard>, name: String) -> Result<Vec<IpAddr>, Failure> {
    let domain = match Host::parse(&name) {
        Ok(Host::Domain(domain)) => domain,
        Ok(Host::Ipv4(address)) => return Ok(vec![address.into()]),
        Ok(Host::Ipv6(address)) => return Ok(vec![address.into()]),
        Err(_) => {
            return name
                .parse::<Ipv6Addr>()
                .map(|a| vec![a.into()])
                .map_err(|_| Failure::Malformed);
        }
    };
    if !guard.may_look_up(&domain) {
        return Err(Failure::Denied);
    }
    let found = look_up(Some(&guard), &domain, 0).await.map_err(|_| Failure::Unresolvable)?;
    let addresses: Vec<IpAddr> =
        found.into_iter().map(|address| address.ip().to_canonical()).collect();
    guard.resolved(&domain, &addresses);
    Ok(addresses)
}

/// `wasi:sockets/ip-name-lookup` of WASI 0.2: an iterator resource that is polled.
pub mod wasi02 {
    use super::{Account, Arc, Charge, Failure, Guard, Guarded, Import, IpAddr, resolve};

    use std::vec::IntoIter;

    use wasmtime::StoreContextMut;
    use wasmtime::component::{Linker, Resource, ResourceType};
    use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
    use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

    /// A look-up under way, or the addresses that are left of it.
    enum Lookup {
        Running(tokio::task::JoinHandle<Result<Found, Failure>>),
        Done(Result<Found, ErrorCode>),
    }

    /// The addresses that are left, and what they took of the guest's account.
    struct Found(IntoIter<IpAddr>, #[expect(dead_code, reason = "given back with them")] Charge);

    async fn found(guard: Arc<Guard>, account: Account, name: String) -> Result<Found, Failure> {
        let addresses = resolve(guard, name).await?;
        let charge = account.charge(size_of_val(addresses.as_slice()));
        Ok(Found(addresses.into_iter(), charge.map_err(|_| Failure::TooMany)?))
    }

    #[async_trait::async_trait]
    impl Pollable for Lookup {
        async fn ready(&mut self) {
            if let Lookup::Running(task) = self {
                let result = task.await.unwrap_or(Err(Failure::Unresolvable));
                *self = Lookup::Done(result.map_err(code));
            }
        }
    }

    impl Drop for Lookup {
        fn drop(&mut self) {
            if let Lookup::Running(task) = self {
                task.abort();
            }
        }
    }

    fn code(failure: Failure) -> ErrorCode {
        match failure {
            Failure::Denied => ErrorCode::AccessDenied,
            Failure::Malformed => ErrorCode::InvalidArgument,
            Failure::Unresolvable => ErrorCode::NameUnresolvable,
            Failure::TooMany => ErrorCode::OutOfMemory,
        }
    }

    pub(in crate::capability) fn define<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        let guest = import.guest;
        let mut interface = linker.instance(import.name)?;
        interface.resource(
            "resolve-address-stream",
            ResourceType::host::<Lookup>(),
            |mut store: StoreContextMut<'_, T>, rep| {
                store.data_mut().ctx().table.delete(Resource::<Lookup>::new_own(rep))?;
                Ok(())
            },
        )?;
        interface.func_wrap(
            "resolve-addresses",
            move |mut store: StoreContextMut<'_, T>,
                  (network, name): (Resource<Network>, String)| {
                let data = store.data_mut();
                data.ctx().table.get(&network)?;
                let (guard, opener) = (data.guard(guest).clone(), data.opener(guest));
                let account = opener.account().clone();
                let lookup = Lookup::Running(tokio::spawn(found(guard, account, name)));
                let lookup: Result<Resource<Lookup>, ErrorCode> =
                    Ok(data.ctx().table.push(lookup)?);
                Ok((lookup,))
            },
        )?;
        interface.func_wrap(
            "[method]resolve-address-stream.resolve-next-address",
            |mut store: StoreContextMut<'_, T>, (lookup,): (Resource<Lookup>,)| {
                let next = match store.data_mut().ctx().table.get_mut(&lookup)? {
                    Lookup::Running(_) => Err(ErrorCode::WouldBlock),
                    Lookup::Done(Ok(Found(left, _))) => Ok(left.next().map(IpAddress::from)),
                    Lookup::Done(Err(code)) => Err(*code),
                };
                Ok((next,))
            },
        )?;
        interface.func_wrap(
            "[method]resolve-address-stream.subscribe",
            |mut store: StoreContextMut<'_, T>,
             (lookup,): (Resource<Lookup>,)|
             -> wasmtime::Result<(Resource<DynPollable>,)> {
                Ok((subscribe(store.data_mut().ctx().table, lookup)?,))
            },
        )
    }
}

/// `wasi:sockets/ip-name-lookup` of WASI 0.3: one async function.
pub mod wasi03 {
    use super::{Failure, Guarded, Import, resolve};

    use wasmtime::component::{Accessor, Linker};
    use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::ErrorCode;
    use wasmtime_wasi::p3::bindings::sockets::types::IpAddress;

    fn code(failure: Failure) -> ErrorCode {
        match failure {
            Failure::Denied => ErrorCode::AccessDenied,
            Failure::Malformed => ErrorCode::InvalidArgument,
            Failure::Unresolvable | Failure::TooMany => ErrorCode::NameUnresolvable,
        }
    }

    pub(in crate::capability) fn define<T: Guarded>(
        linker: &mut Linker<T>,
        import: Import<'_>,
    ) -> wasmtime::Result<()> {
        let guest = import.guest;
        let mut interface = linker.instance(import.name)?;
        interface.func_wrap_concurrent(
            "resolve-addresses",
            move |store: &Accessor<T>, (name,): (String,)| {
                Box::pin(async move {
                    let guard = store.with(|mut access| access.data_mut().guard(guest).clone());
                    let found = resolve(guard, name).await.map_err(code);
                    let found =
                        found.map(|list| list.into_iter().map(IpAddress::from).collect::<Vec<_>>());
                    Ok((found,))
                })
            },
        )
    }
}
