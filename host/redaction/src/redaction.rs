//! A policy with the keys of a deployment: what redacts one execution.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use flux_host::Environment;
use flux_recorder::{Recording, Redact};

use crate::error::RedactionError;
use crate::keyed::Keyed;
use crate::keys::{Key, KeyFile, KeyRing, KeysError};
use crate::policy::Policy;

/// The mark that names an execution's key.
pub const KEY: &str = "redaction-key";
/// How often a changed key file is looked for.
const LOOK: Duration = Duration::from_secs(1);

/// A policy, and the keys as they are.
#[derive(Debug)]
pub struct Redaction {
    policy: Arc<Policy>,
    file: KeyFile,
    keys: ArcSwap<KeyRing>,
}

impl Redaction {
    /// A policy with the keys of a file; the first key is made where there is none.
    pub fn open(
        policy: Policy,
        file: KeyFile,
        environment: &dyn Environment,
    ) -> Result<Self, RedactionError> {
        let keys = file.open(environment)?;
        Ok(Self::new(policy, file, keys))
    }

    /// For a replay: the keys as they are, and nothing is made. Where there is none, as with a recording
    /// from elsewhere, tokens of new values match no recorded ones.
    pub fn for_replay(policy: Policy, file: KeyFile) -> Result<Self, RedactionError> {
        let keys = match file.read() {
            Err(KeysError::File { step: "find", .. }) => KeyRing::default(),
            keys => keys?,
        };
        Ok(Self::new(policy, file, keys))
    }

    fn new(policy: Policy, file: KeyFile, keys: KeyRing) -> Self {
        Self { policy: Arc::new(policy), file, keys: ArcSwap::from_pointee(keys) }
    }

    /// What redacts an execution that begins at this time, and its key's id for the journal: a replay
    /// must find the key that was used, whatever this node knew of a rotation at the time.
    pub fn at(&self, started_ns: u64) -> (Arc<dyn Redact>, String) {
        let keys = self.keys.load();
        let key = keys.at(started_ns);
        (self.keyed(key), key.map(|key| key.id.clone()).unwrap_or_default())
    }

    /// What redacted a recording.
    pub fn of(&self, recording: &Recording) -> Arc<dyn Redact> {
        let keys = self.keys.load();
        let named = recording.marks.iter().find(|(name, _)| name == KEY);
        self.keyed(match named {
            Some((_, id)) => keys.keys().iter().find(|key| key.id == *id),
            None => keys.at(recording.begin.started_ns),
        })
    }

    fn keyed(&self, key: Option<&Key>) -> Arc<dyn Redact> {
        let key = key.map(|key| key.bytes).unwrap_or_default();
        Arc::new(Keyed::new(self.policy.clone(), key))
    }

    /// Reads the keys again whenever their file changes, for as long as anybody has this.
    pub fn watch(self: &Arc<Self>) {
        tokio::spawn(follow(Arc::downgrade(self), self.file.clone()));
    }
}

/// The keys of the file. One that is gone was removed by somebody who did not know what for.
fn read(redaction: &Redaction, file: &KeyFile) -> Result<KeyRing, KeysError> {
    match file.read() {
        Err(KeysError::File { step: "find", .. }) => {
            let keys = file.restore(&redaction.keys.load())?;
            tracing::warn!(
                "the keys {} were removed while Flux used them, and are there again",
                file.path().display()
            );
            Ok(keys)
        }
        keys => keys,
    }
}

async fn follow(redaction: Weak<Redaction>, file: KeyFile) {
    let changed = async || Some(tokio::fs::metadata(file.path()).await.ok()?.modified().ok()?);
    let mut seen: Option<SystemTime> = None;
    loop {
        // The first look is for what changed since the keys were read.
        let now = changed().await;
        let Some(redaction) = redaction.upgrade() else { return };
        if now != seen {
            match read(&redaction, &file) {
                Ok(keys) => redaction.keys.store(Arc::new(keys)),
                Err(error) => tracing::warn!("the keys stay as they were: {error}"),
            }
            seen = now;
        }
        drop(redaction);
        tokio::time::sleep(LOOK).await;
    }
}
