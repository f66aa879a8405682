//! Addresses that only a rule about themselves reaches: this machine's own, its link's, and those
//! at which clouds tell a machine its secrets.
//!
//! Services there trust whoever can reach them. So a name that resolves to one of them, `*` and
//! wide blocks don't reach them: a rule must lie within one of the blocks below, or name
//! `localhost`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::policy::Host;

const V4: &[Ipv4Net] = &[
    // This network, which is this machine to most systems.
    Ipv4Net::new_assert(Ipv4Addr::new(0, 0, 0, 0), 8),
    LOOPBACK,
    // The link, and the metadata of most clouds.
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16),
    // Groups and everybody on the link.
    Ipv4Net::new_assert(Ipv4Addr::new(224, 0, 0, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::BROADCAST, 32),
    // Metadata of clouds that have it elsewhere: Alibaba, Oracle, Azure.
    Ipv4Net::new_assert(Ipv4Addr::new(100, 100, 100, 200), 32),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 0, 192), 32),
    Ipv4Net::new_assert(Ipv4Addr::new(168, 63, 129, 16), 32),
];

const V6: &[Ipv6Net] = &[
    Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
    Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
    // The link.
    Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    // Groups of this machine and of the link.
    Ipv6Net::new_assert(Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0), 16),
    Ipv6Net::new_assert(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0), 16),
    // Metadata and credentials: AWS, Scaleway, Google.
    Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0), 32),
    Ipv6Net::new_assert(Ipv6Addr::new(0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x42), 128),
    Ipv6Net::new_assert(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254), 128),
];

const LOOPBACK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);

/// Whether an address is one of those.
pub(super) fn is_reserved(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => V4.iter().any(|block| block.contains(&v4)),
        IpAddr::V6(v6) => {
            V6.iter().any(|block| block.contains(&v6))
                || within(v6).into_iter().any(|v4| is_reserved(v4.into()))
        }
    }
}

/// The IPv4 addresses that a translator or a tunnel could reach for an IPv6 one.
fn within(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bytes = address.octets();
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(|place| bytes[place]));
    let last = at([12, 13, 14, 15]);
    match address.segments() {
        // IPv4-compatible, NAT64 (RFC 6052), IPv4-translated.
        [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => {
            vec![last]
        }
        // NAT64's local form (RFC 8215), whose prefix ends at any of these places.
        [0x64, 0xff9b, 1, ..] => {
            vec![at([6, 7, 9, 10]), at([7, 9, 10, 11]), at([9, 10, 11, 12]), last]
        }
        // 6to4.
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        // Teredo: the server, and the client, whose bits are inverted.
        [0x2001, 0, ..] => vec![at([4, 5, 6, 7]), Ipv4Addr::from_bits(!last.to_bits())],
        // ISATAP.
        [.., 0 | 0x200, 0x5efe, _, _] => vec![last],
        _ => Vec::new(),
    }
}

/// Whether a rule's host is about the reserved address itself; `names` are those that it was looked
/// up by.
pub(super) fn is_meant(host: &Host, address: IpAddr, names: &[String]) -> bool {
    match host {
        Host::Any => false,
        Host::Block(block) => block.contains(&address.to_canonical()) && lies_within(block),
        Host::Name(own) | Host::Below(own) => {
            is_localhost(own)
                && is_loopback(address)
                && names.iter().any(|name| host.covers_name(name))
        }
    }
}

/// Whether a rule's host is about reserved addresses and nothing else.
pub(super) fn is_own(host: &Host) -> bool {
    match host {
        Host::Any => false,
        Host::Block(block) if block.prefix_len() == block.max_prefix_len() => {
            is_reserved(block.addr())
        }
        Host::Block(block) => lies_within(block),
        Host::Name(own) | Host::Below(own) => is_localhost(own),
    }
}

/// Whether nothing in a block is an ordinary address.
fn lies_within(block: &IpNet) -> bool {
    match block {
        IpNet::V4(block) => V4.iter().any(|reserved| reserved.contains(block)),
        IpNet::V6(block) => {
            V6.iter().any(|reserved| reserved.contains(block)) || block.prefix_len() == 128
        }
    }
}

/// Whether a name is this machine's by definition (RFC 6761).
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn is_loopback(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => LOOPBACK.contains(&v4),
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST,
    }
}
