//! What the names that one guest looked up resolved to: as much of it as decides something.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// How many addresses are remembered. A guest that looks up more loses the ones that it found
/// longest ago.
const ADDRESSES: usize = 10_000;

/// The names of addresses.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    addresses: BTreeMap<IpAddr, Found>,
    /// The addresses in the order in which they were last found.
    order: BTreeMap<u64, IpAddr>,
    count: u64,
}

#[derive(Debug, Default)]
struct Found {
    when: u64,
    names: Vec<String>,
}

impl Resolved {
    /// Notes that `name` is at `address`. It isn't kept if one of the address's names is `as_good`:
    /// of the names below a wildcard there is no end.
    pub fn add(&mut self, address: IpAddr, name: &str, as_good: impl Fn(&str) -> bool) {
        self.count += 1;
        let found = self.addresses.entry(address).or_default();
        self.order.remove(&found.when);
        found.when = self.count;
        self.order.insert(self.count, address);
        if !found.names.iter().any(|kept| as_good(kept)) {
            found.names.push(name.to_owned());
        }

        if self.addresses.len() > ADDRESSES
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.addresses.remove(&oldest);
        }
    }

    /// The names of an address, one for each rule that they meet.
    pub fn names(&self, address: IpAddr) -> Vec<String> {
        self.addresses.get(&address).map(|found| found.names.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_addresses_found_last_are_remembered() {
        let mut resolved = Resolved::default();
        let address = |number: u32| IpAddr::from(Ipv4Addr::from(number));
        resolved.add(address(0), "first", |_| false);
        for number in 1..=2 * ADDRESSES as u32 {
            resolved.add(address(number), "x", |_| false);
            resolved.add(address(0), "first", |kept| kept == "first");
        }
        assert_eq!((resolved.addresses.len(), resolved.order.len()), (ADDRESSES, ADDRESSES));
        assert_eq!(resolved.names(address(0)), ["first"]);
        assert!(resolved.names(address(1)).is_empty());
        assert_eq!(resolved.names(address(2 * ADDRESSES as u32)), ["x"]);
    }
}
