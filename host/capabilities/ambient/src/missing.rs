//! Keys and secrets that a guest asked for in vain. The guest is told that there is none, which it may well expect; so
//! whoever runs the server is told too, once for each name.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// So many names are told. Names come from guests, who may make up any number of them.
const MOST: usize = 100;

/// The names that were told already.
#[derive(Default)]
pub(crate) struct Missing(Mutex<BTreeSet<String>>);

impl Missing {
    /// A key of the configuration has no value.
    pub(crate) fn config(&self, key: &str) {
        if self.is_new(format!("config {key}")) {
            let hint = format!(
                "add {key} = \"...\" to [config] in flux.toml, or set FLUX_CONFIG_{}",
                key.to_uppercase()
            );
            tracing::warn!(hint, "a guest asked for the config key '{key}', which is not set");
        }
    }

    /// A secret has no value that guests may read. `is_named` says that flux.toml has it.
    pub(crate) fn secret(&self, name: &str, is_named: bool) {
        if !self.is_new(format!("secret {name}")) {
            return;
        }
        if is_named {
            let hint = format!("write {{{{secret {name}}}}} into the request: the host fills it in");
            tracing::warn!(hint, "a guest asked for the secret '{name}', which is only for its hosts");
        } else {
            let hint = format!("add\n[secrets.{name}]\nenv = \"{}\"", name.to_uppercase());
            tracing::warn!(hint, "a guest asked for the secret '{name}', which is not in flux.toml");
        }
    }

    fn is_new(&self, name: String) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST && told.insert(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_once_and_no_guest_fills_the_memory() {
        let missing = Missing::default();
        assert!(missing.is_new("config a".to_owned()) && !missing.is_new("config a".to_owned()));
        let told = (0..2 * MOST).filter(|number| missing.is_new(format!("config {number}"))).count();
        assert_eq!(told, MOST - 1);
    }
}
