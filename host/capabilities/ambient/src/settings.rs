//! What `config.get` and `config.secret` answer.

use std::collections::BTreeMap;
use std::fmt;

/// Configuration and secrets by name.
#[derive(Default, Clone)]
pub struct Settings {
    config: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

impl Settings {
    /// Configuration and secrets, already resolved.
    pub fn new(config: BTreeMap<String, String>, secrets: BTreeMap<String, String>) -> Self {
        Self { config, secrets }
    }

    pub(crate) fn config(&self, key: &str) -> Option<String> {
        self.config.get(key).cloned()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).cloned()
    }
}

/// Names only: a secret's value is in no log.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (config, secrets) = (self.config.keys(), self.secrets.keys());
        f.debug_struct("Settings").field("config", &config).field("secrets", &secrets).finish()
    }
}
