//! The keys of redaction. They are never shown.

use std::time::Duration;

use flux_api::{Key, KeyState, Keys};
use flux_host::{Environment, Hint, System};
use flux_redaction::{KeyFile, KeyRing, KeysError};
use flux_store::private;

use super::{OperationError, Operations, at};

impl Operations {
    /// The keys, the oldest first; none before the first run makes one.
    pub fn keys(&self) -> Result<Keys, OperationError> {
        self.with_keys(|file, _| file.find())
    }

    /// Adds a key that becomes valid after a while.
    pub fn rotate_key(&self, after: Duration) -> Result<Keys, OperationError> {
        self.with_keys(|file, system| file.rotate(after, system).map(Some))
    }

    /// Takes a retired key away.
    pub fn forget_key(&self, id: &str) -> Result<Keys, OperationError> {
        self.with_keys(|file, system| file.forget(id, system).map(Some))
    }

    fn with_keys(
        &self,
        act: impl FnOnce(&KeyFile, &System) -> Result<Option<KeyRing>, KeysError>,
    ) -> Result<Keys, OperationError> {
        let file = self.project.key_file();
        let data = self.project.data();
        if file.path().starts_with(&data) && file.path().exists() {
            private::create_and_tighten(&data)?;
        }
        let system = System::new();
        let ring = act(&file, &system).map_err(with_causes)?;
        Ok(Keys {
            file: file.path().display().to_string(),
            keys: ring.map(|ring| keys(&ring, system.now_ns())).unwrap_or_default(),
        })
    }
}

fn keys(ring: &KeyRing, now_ns: u64) -> Vec<Key> {
    let used = ring.at(now_ns).map(|key| key.id.clone()).unwrap_or_default();
    let state = |id: &str, from_ns: u64| match () {
        () if id == used => KeyState::InUse,
        () if from_ns > now_ns => KeyState::Next,
        () => KeyState::Retired,
    };
    let key = |key: &flux_redaction::Key| Key {
        id: key.id.clone(),
        from: at(key.from_ns),
        state: state(&key.id, key.from_ns),
    };
    ring.keys().iter().map(key).collect()
}

/// The causes are part of the message: what is printed beside it is one hint.
fn with_causes(error: KeysError) -> OperationError {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    let message = format!("{error}{}", cause.unwrap_or_default());
    OperationError::Keys { message, hint: error.hint().unwrap_or_default() }
}
