//! The secrets of an app, by name. A guest may write `{{secret name}}` into an outgoing request: then the host
//! fills it in, and the guest never holds it.

use std::collections::BTreeMap;
use std::fmt;

/// One secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its value.
    pub value: String,
    /// The hosts that may get it, as patterns of `[fetch] allow`. Where there are any, no guest may read it.
    pub hosts: Vec<String>,
}

/// Names only: a secret's value is in no log.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

/// See the [module](self).
#[derive(Debug, Default, Clone)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Secrets that are resolved already.
    pub fn new(secrets: BTreeMap<String, Secret>) -> Self {
        Self(secrets)
    }

    /// A secret by name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// A secret that guests may read.
    pub fn readable(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|secret| secret.hosts.is_empty()).map(|secret| secret.value.as_str())
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret))
    }
}
