//! What is never written: named headers, members of JSON bodies, columns and buckets, under the
//! deployment's keys.
//!
//! Neighbours: `flux-recorder` asks a [`Redact`] before it writes anything, and hides what was replaced
//! wherever else it stands in the execution. docs/redaction.md says what that covers.

mod database;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod headers;
mod json;
mod keys;
mod patterns;
mod policy;
mod scan;
mod sql;
#[cfg(test)]
mod tests;
mod token;

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use flux_host::{Environment, Hint};
use flux_recorder::{Recording, Redact};

pub use keys::{Key, KeyFile, KeyRing, KeysError};
pub use scan::{Finding, Needles, Scanner, What};

use crate::project::Project;
use policy::{Keyed, Policy};
pub(crate) use policy::{check_json, column};

/// The mark that names an execution's key.
pub(crate) const KEY: &str = "redaction-key";
/// How often a changed key file is looked for.
const LOOK: Duration = Duration::from_secs(1);

/// The policy of a project, and its keys as they are.
#[derive(Debug)]
pub struct Redaction {
    policy: Arc<Policy>,
    file: KeyFile,
    keys: ArcSwap<KeyRing>,
}

/// flux.toml names what cannot be redacted, or there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// An entry of `[record.redact]`.
    #[error("{0}")]
    Entry(String),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl Hint for RedactionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Entry(_) => None,
            Self::Keys(error) => error.hint(),
        }
    }
}

impl Redaction {
    /// The policy of a project with its keys; the first key is made where there is none.
    pub fn open(project: &Project, environment: &dyn Environment) -> Result<Self, RedactionError> {
        let file = KeyFile::of(project);
        let keys = file.open(environment)?;
        Self::new(project, file, keys)
    }

    /// For a replay: the keys as they are, and nothing is made. Where there is none, as with a recording
    /// from elsewhere, tokens of new values match no recorded ones.
    pub fn for_replay(project: &Project) -> Result<Self, RedactionError> {
        let file = KeyFile::of(project);
        let keys = match file.read() {
            Err(KeysError::File { step: "find", .. }) => KeyRing::default(),
            keys => keys?,
        };
        Self::new(project, file, keys)
    }

    fn new(project: &Project, file: KeyFile, keys: KeyRing) -> Result<Self, RedactionError> {
        let policy = Policy::new(&project.config.record.redact).map_err(RedactionError::Entry)?;
        Ok(Self { policy: Arc::new(policy), file, keys: ArcSwap::from_pointee(keys) })
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
        Arc::new(Keyed { policy: self.policy.clone(), key })
    }

    /// Reads the keys again whenever their file changes, for as long as anybody has this.
    pub fn watch(self: &Arc<Self>) {
        tokio::spawn(follow(Arc::downgrade(self), self.file.clone()));
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
            match file.read() {
                Ok(keys) => redaction.keys.store(Arc::new(keys)),
                Err(error) => tracing::warn!("the keys stay as they were: {error}"),
            }
            seen = now;
        }
        drop(redaction);
        tokio::time::sleep(LOOK).await;
    }
}
