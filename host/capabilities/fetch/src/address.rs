//! What an address is for: only those of the public internet may be reached unasked.
//!
//! The tables are the special-purpose registries of IANA. What is in no table and no public unicast
//! address is refused as well.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not of the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// No address at all, or this network: 0.0.0.0/8, ::.
    Unspecified,
    /// This machine.
    Loopback,
    /// RFC 1918, unique local, and what they replaced.
    Private,
    /// This link, where clouds keep their metadata: 169.254.0.0/16, fe80::/10.
    LinkLocal,
    /// Behind a carrier's translation: 100.64.0.0/10.
    Shared,
    /// A cloud's own service behind an address that looks public.
    Platform,
    /// For examples in texts.
    Documentation,
    /// For measuring devices.
    Benchmark,
    /// For protocols, for the future, or for nothing any more.
    Reserved,
    /// Many receivers.
    Multicast,
    /// Everyone on this link.
    Broadcast,
}

use AddressKind::{
    Benchmark, Broadcast, Documentation, LinkLocal, Loopback, Multicast, Platform, Private, Reserved, Shared,
    Unspecified,
};

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unspecified => "an unspecified",
            Loopback => "a loopback",
            Private => "a private",
            LinkLocal => "a link-local",
            Shared => "a carrier's shared",
            Platform => "a cloud's own",
            Documentation => "a documentation",
            Benchmark => "a benchmarking",
            Reserved => "a reserved",
            Multicast => "a multicast",
            Broadcast => "a broadcast",
        })?;
        f.write_str(" address")
    }
}

/// The first that fits counts.
const V4: [(Range, AddressKind); 18] = [
    (v4([0, 0, 0, 0], 8), Unspecified),
    (v4([10, 0, 0, 0], 8), Private),
    (v4([100, 64, 0, 0], 10), Shared),
    (v4([127, 0, 0, 0], 8), Loopback),
    // Azure answers here with what a machine needs to start, certificates included.
    (v4([168, 63, 129, 16], 32), Platform),
    (v4([169, 254, 0, 0], 16), LinkLocal),
    (v4([172, 16, 0, 0], 12), Private),
    (v4([192, 0, 0, 0], 24), Reserved),
    (v4([192, 0, 2, 0], 24), Documentation),
    (v4([192, 88, 99, 0], 24), Reserved),
    (v4([192, 168, 0, 0], 16), Private),
    (v4([198, 18, 0, 0], 15), Benchmark),
    (v4([198, 51, 100, 0], 24), Documentation),
    (v4([203, 0, 113, 0], 24), Documentation),
    (v4([233, 252, 0, 0], 24), Documentation),
    (v4([224, 0, 0, 0], 4), Multicast),
    (v4([255, 255, 255, 255], 32), Broadcast),
    (v4([240, 0, 0, 0], 4), Reserved),
];

const V6: [(Range, AddressKind); 10] = [
    (v6([0; 8], 128), Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Loopback),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), Benchmark),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Documentation),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Documentation),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Private),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), LinkLocal),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Private),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Multicast),
];

const TEREDO: Range = v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32);
const PROTOCOLS: Range = v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23);
const GLOBAL: Range = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const MAPPED: Range = v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96);
const COMPATIBLE: Range = v6([0; 8], 96);
const NAT64: Range = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const SIX_TO_FOUR: Range = v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Range {
    Range { network: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> Range {
    Range { network: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), prefix }
}

impl AddressKind {
    /// Why an address is not of the public internet; none: it is. One that carries IPv4 addresses is of
    /// their kind.
    pub fn of(address: IpAddr) -> Option<Self> {
        let IpAddr::V6(v6) = address else {
            return listed(&V4, address);
        };
        let carries = [MAPPED, NAT64, SIX_TO_FOUR, TEREDO].iter().any(|range| range.contains(address));
        let public = carries || (GLOBAL.contains(address) && !PROTOCOLS.contains(address));
        let carried = || embedded(v6).into_iter().find_map(Self::of);
        listed(&V6, address).or_else(carried).or((!public).then_some(Reserved))
    }
}

fn listed(table: &[(Range, AddressKind)], address: IpAddr) -> Option<AddressKind> {
    table.iter().find(|(range, _)| range.contains(address)).map(|(_, kind)| *kind)
}

/// The IPv4 addresses that packets to an IPv6 address may end at.
fn embedded(address: Ipv6Addr) -> Vec<IpAddr> {
    let bits = address.to_bits();
    let at = |shift: u32| IpAddr::V4(Ipv4Addr::from_bits((bits >> shift) as u32));
    let within = |range: Range| range.contains(IpAddr::V6(address));
    if within(MAPPED) || within(COMPATIBLE) || within(NAT64) {
        vec![at(0)]
    } else if within(SIX_TO_FOUR) {
        vec![at(80)]
    } else if within(TEREDO) {
        // The relay, and the client with every bit turned.
        vec![at(64), IpAddr::V4(Ipv4Addr::from_bits(!(bits as u32)))]
    } else {
        Vec::new()
    }
}

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    network: IpAddr,
    prefix: u8,
}

impl Range {
    /// A range; none if the prefix is too long, or the address has bits beyond it.
    pub fn new(network: IpAddr, prefix: u8) -> Option<Self> {
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let beyond = bits(network).checked_shl(prefix.into()).unwrap_or(0);
        (prefix <= longest && beyond == 0).then_some(Self { network, prefix })
    }

    /// One address.
    pub fn one(address: IpAddr) -> Self {
        Self { network: address, prefix: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Whether an address is in it.
    pub const fn contains(&self, address: IpAddr) -> bool {
        let differ = bits(self.network) ^ bits(address);
        let first = match differ.checked_shr(128 - self.prefix as u32) {
            Some(first) => first,
            None => 0,
        };
        self.network.is_ipv4() == address.is_ipv4() && first == 0
    }

    /// Whether it has an address, or all that packets to it may end at.
    pub fn covers(&self, address: IpAddr) -> bool {
        let ends = match address {
            IpAddr::V4(_) => Vec::new(),
            IpAddr::V6(v6) => embedded(v6),
        };
        self.contains(address) || (!ends.is_empty() && ends.iter().all(|end| self.contains(*end)))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

/// The bits of an address, from the left.
const fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => (v4.to_bits() as u128) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}
