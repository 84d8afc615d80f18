//! What `config.get` and `config.secret` answer.

use std::collections::BTreeMap;
use std::fmt;

use flux_host::Secrets;

/// Configuration and secrets by name.
#[derive(Default, Clone)]
pub struct Settings {
    config: BTreeMap<String, String>,
    secrets: Secrets,
}

impl Settings {
    /// Configuration and secrets, already resolved.
    pub fn new(config: BTreeMap<String, String>, secrets: Secrets) -> Self {
        Self { config, secrets }
    }

    pub(crate) fn config(&self, key: &str) -> Option<String> {
        self.config.get(key).cloned()
    }

    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.config.clone().into_iter().collect()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        self.secrets.readable(name).map(str::to_owned)
    }
}

/// Names only: a secret's value is in no log.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("config", &self.config.keys())
            .field("secrets", &self.secrets)
            .finish()
    }
}
