//! What `config.get` and `config.secret` answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use flux_host::Secrets;

use crate::missing::Missing;

/// Configuration and secrets by name.
#[derive(Default, Clone)]
pub struct Settings {
    config: BTreeMap<String, String>,
    secrets: Secrets,
    missing: Arc<Missing>,
}

impl Settings {
    /// Configuration and secrets, already resolved.
    pub fn new(config: BTreeMap<String, String>, secrets: Secrets) -> Self {
        Self { config, secrets, missing: Arc::default() }
    }

    pub(crate) fn config(&self, key: &str) -> Option<String> {
        let value = self.config.get(key).cloned();
        if value.is_none() {
            self.missing.config(key);
        }
        value
    }

    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.config.clone().into_iter().collect()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        let value = self.secrets.readable(name).map(str::to_owned);
        if value.is_none() {
            self.missing.secret(name, self.secrets.get(name).is_some());
        }
        value
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
