//! The entries of `allow-private` under `[fetch]`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Host;

use crate::address::{AddressKind, Range};
use crate::host::{HostPattern, HostPatternError};

/// Addresses that names may lead to though they are not of the public internet: `10.0.0.0/8`,
/// `fd00::/8`, `192.168.1.7`, `internal.example.com`, `*.internal.example.com`.
///
/// A range is allowed behind every name. A name is allowed private, shared and loopback addresses; it
/// never brings a guest to a cloud's metadata, which takes its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivatePattern(Allowed);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    Range(Range),
    Name(HostPattern),
}

/// Why an entry is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivatePatternError {
    /// A slash, but no range.
    #[error("'{0}' is no range of addresses; hint: write one such as \"10.0.0.0/8\" or \"fd00::/8\"")]
    Range(String),
    /// More than a name.
    #[error("'{0}' is more than a host: ports and schemes belong to allow; hint: write the host alone")]
    More(String),
    /// No host.
    #[error(transparent)]
    Host(#[from] HostPatternError),
}

impl PrivatePattern {
    /// Whether a name may lead to an address of this kind.
    pub(crate) fn allows(&self, name: &str, address: IpAddr, kind: AddressKind) -> bool {
        match &self.0 {
            Allowed::Range(range) => range.covers(address),
            Allowed::Name(pattern) => {
                is_by_name(kind) && Host::parse(name).is_ok_and(|host| names(pattern, &host))
            }
        }
    }

    /// The entry that allows a name to lead to an address.
    pub(crate) fn entry(name: &str, address: IpAddr, kind: AddressKind) -> String {
        if is_by_name(kind) { name.to_owned() } else { Range::one(address).to_string() }
    }
}

/// Whether a name is enough to allow the kind: somebody meant to run a service there.
fn is_by_name(kind: AddressKind) -> bool {
    matches!(kind, AddressKind::Private | AddressKind::Shared | AddressKind::Loopback)
}

fn names(pattern: &HostPattern, host: &Host) -> bool {
    match host {
        Host::Domain(name) => pattern.names(Some(Host::Domain(name))),
        Host::Ipv4(_) | Host::Ipv6(_) => false,
    }
}

impl FromStr for PrivatePattern {
    type Err = PrivatePatternError;

    fn from_str(text: &str) -> Result<Self, PrivatePatternError> {
        if text.contains("://") {
            return Err(PrivatePatternError::More(text.to_owned()));
        }
        if let Some((network, prefix)) = text.split_once('/') {
            let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
            let prefix = prefix.parse().ok().filter(|_| digits);
            let range = network.parse().ok().zip(prefix).and_then(|(ip, prefix)| Range::new(ip, prefix));
            let range = range.ok_or_else(|| PrivatePatternError::Range(text.to_owned()))?;
            return Ok(Self(Allowed::Range(range)));
        }
        if let Ok(address) = text.parse() {
            return Ok(Self(Allowed::Range(Range::one(address))));
        }
        let pattern: HostPattern = text.parse()?;
        if !pattern.is_host_alone() {
            return Err(PrivatePatternError::More(text.to_owned()));
        }
        Ok(Self(Allowed::Name(pattern)))
    }
}

impl fmt::Display for PrivatePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Allowed::Range(range) => range.fmt(f),
            Allowed::Name(pattern) => pattern.fmt(f),
        }
    }
}
