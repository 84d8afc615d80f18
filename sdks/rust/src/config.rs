//! The values that `flux.toml` gives to the guest.

use crate::bindings::flux::host::config as host;
use std::fmt;

/// A value of `[config]`. `None` if it is not set, which is not the same as empty.
pub fn get(key: &str) -> Option<String> {
    host::get(key)
}

/// A value of `[config]` that the guest cannot do without.
pub fn require(key: &str) -> Result<String, Missing> {
    get(key).ok_or_else(|| Missing { section: "config", key: key.to_owned() })
}

/// A value of `[secrets]`. It is never written to a journal.
pub fn secret(name: &str) -> Option<String> {
    host::secret(name)
}

/// A secret that the guest cannot do without.
pub fn require_secret(name: &str) -> Result<String, Missing> {
    secret(name).ok_or_else(|| Missing { section: "secrets", key: name.to_owned() })
}

/// A required value is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The section of `flux.toml`: `config` or `secrets`.
    pub section: &'static str,
    /// The key that is not there.
    pub key: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not set in [{}] of flux.toml", self.key, self.section)
    }
}

impl std::error::Error for Missing {}
