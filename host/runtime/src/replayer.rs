//! Runs recordings against guests, with nothing to act with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Environment, Execution, Guest, Input, Limits, System};
use flux_recorder::{Digest, Recording, Report, Session, Tolerances, Verdict, judge};
use flux_store::{Guests as GuestFiles, Records};

use crate::app::compiled_code;
use crate::backends;
use crate::config::Project;
use crate::engines::Engines;
use crate::error::RuntimeError;
use crate::redaction::Redaction;
use tokio::sync::Mutex;

/// Replays for one project. It opens no database, no queue and no socket.
pub struct Replayer {
    engines: Engines,
    environment: Arc<dyn Environment>,
    files: GuestFiles,
    // Where other nodes keep theirs; none: this project never ran.
    records: Option<Records>,
    loaded: Mutex<HashMap<Digest, Arc<dyn Guest>>>,
    against: Option<Arc<dyn Guest>>,
    limits: Limits,
    tolerances: Arc<Tolerances>,
    redaction: Redaction,
}

impl std::fmt::Debug for Replayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replayer").field("engines", &self.engines).finish_non_exhaustive()
    }
}

/// One replayed execution.
#[derive(Debug)]
pub struct ReplayedExecution {
    /// What was recorded.
    pub recording: Arc<Recording>,
    /// What the replay says.
    pub report: Report,
    /// Whether the same guest gave another result: never the guest's fault, always a bug of Flux.
    pub unfaithful: bool,
}

impl Replayer {
    /// A replayer for a project, against the recorded guests themselves, or against one component.
    pub fn open(project: &Project, against: Option<&Path>, parallel: usize) -> Result<Self, RuntimeError> {
        let data = project.data();
        let environment: Arc<dyn Environment> = Arc::new(System::new());
        let redaction = Redaction::for_replay(project)?;
        let instances = u32::try_from(parallel).unwrap_or(64).clamp(4, 512);
        let limits = project.config.limits.limits();
        let engines = Engines::new(&EngineOptions { cache: compiled_code(), instances }, limits.memory)?;
        let against = against.map(|path| load(&engines, path)).transpose()?;
        Ok(Self {
            engines,
            environment,
            files: GuestFiles::at(&data.join(flux_store::GUESTS)),
            records: backends::reading(project)?,
            loaded: Mutex::default(),
            against,
            limits,
            tolerances: Arc::new(project.config.replay.tolerances()),
            redaction,
        })
    }

    /// The guest that recordings are replayed against; none: the one that each names.
    pub fn against(&self) -> Option<Digest> {
        self.against.as_ref().map(|guest| guest.digest())
    }

    /// Replays one journal.
    pub async fn replay(&self, journal: Vec<u8>) -> Result<ReplayedExecution, RuntimeError> {
        let recording = Arc::new(Recording::read(journal)?);
        let guest = self.guest(recording.begin.guest).await?;
        let input = Input::from_recording(&recording).map_err(RuntimeError::Trigger)?;
        let redact = self.redaction.of(&recording);
        let session = Session::replay(recording.clone(), self.tolerances.clone(), redact);
        let nothing = Arc::new(Capabilities::default());
        let execution = Execution::new(session, self.environment.clone(), nothing, self.limits);
        let ended = guest.call(input, execution).await;
        let replayed =
            ended.replayed.ok_or_else(|| RuntimeError::Replay("the session did not end".to_owned()))?;
        let report = judge(&recording, replayed, &self.tolerances);
        let same_guest = guest.digest() == recording.begin.guest;
        let unfaithful = same_guest && report.verdict != Verdict::Identical && is_repeatable(&recording);
        Ok(ReplayedExecution { recording, report, unfaithful })
    }

    async fn guest(&self, digest: Digest) -> Result<Arc<dyn Guest>, RuntimeError> {
        if let Some(guest) = &self.against {
            return Ok(guest.clone());
        }
        // Held meanwhile: of many replays of one guest, the first compiles it.
        let mut loaded = self.loaded.lock().await;
        if let Some(guest) = loaded.get(&digest) {
            return Ok(guest.clone());
        }
        let bytes = self.bytes(digest).await?;
        let path = self.files.path(&digest);
        let guest = self.engines.load(&bytes).map_err(|source| RuntimeError::Load { path, source })?;
        loaded.insert(digest, guest.clone());
        Ok(guest)
    }

    /// A guest's bytes, from the data folder, or from the record store where another node put them.
    async fn bytes(&self, digest: Digest) -> Result<Vec<u8>, RuntimeError> {
        if let Some(bytes) = self.files.get(&digest)? {
            return Ok(bytes);
        }
        let stored = match &self.records {
            Some(records) => records.guest(digest).await?,
            None => None,
        };
        stored.ok_or(RuntimeError::NoGuest(digest))
    }
}

/// What was interrupted has no end to compare, and a time limit ends where the machine was slow.
fn is_repeatable(recording: &Recording) -> bool {
    use flux_recorder::{FailureKind, Outcome};
    !matches!(
        recording.end.outcome,
        Outcome::Failed { kind: FailureKind::Interrupted | FailureKind::TimeLimit | FailureKind::Host, .. }
    )
}

fn load(engines: &Engines, path: &Path) -> Result<Arc<dyn Guest>, RuntimeError> {
    let bytes = std::fs::read(path).map_err(|source| RuntimeError::File { path: path.to_owned(), source })?;
    engines.load(&bytes).map_err(|source| RuntimeError::Load { path: path.to_owned(), source })
}
