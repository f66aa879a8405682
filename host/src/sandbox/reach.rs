//! Which TCP ports stay within reach.

use crate::policy::Ports;

/// So many ports of one rule are told to the kernel one by one; a longer range allows every port.
const MOST_PORTS: u16 = 256;

/// Ports that the kernel lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Ports(Vec<u16>),
    Any,
}

impl Default for Reach {
    fn default() -> Self {
        Reach::Ports(Vec::new())
    }
}

impl Reach {
    pub(super) fn add(&mut self, ports: Ports) {
        match self {
            Reach::Ports(list) if ports.high - ports.low < MOST_PORTS => {
                list.extend(ports.low..=ports.high);
            }
            _ => *self = Reach::Any,
        }
    }
}
