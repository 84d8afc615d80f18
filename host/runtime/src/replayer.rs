//! Runs recordings against guests, with nothing to act with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Environment, Execution, Guest, Input, Limits, System};
use flux_recorder::{Begin, Digest, FailureKind, Outcome, Recording};
use flux_redaction::Redaction;
use flux_replay::{Replay, Report, Tolerances, Verdict};
use flux_store::{Guests as GuestFiles, Records};
use tokio::sync::{Mutex, Semaphore};

use crate::engines::{Engines, compiled_code};
use crate::error::RuntimeError;
use crate::project::Project;
use crate::{record_store, redacting};

/// How many guests are kept loaded: a long history has many builds.
const MOST_LOADED: usize = 32;

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
    // The engines have room for so many replays at once, however many are asked for.
    places: Semaphore,
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
    /// What it started from.
    pub begin: Begin,
    /// How it ended when it was recorded.
    pub recorded: Outcome,
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
        let declarations = project.catalog.declarations()?;
        let redaction = redacting::for_replay(project, &declarations)?;
        let instances = u32::try_from(parallel).unwrap_or(64).clamp(4, 512);
        let limits = project.config.limits.limits();
        let options = EngineOptions { cache: compiled_code(), instances, limits };
        let engines = Engines::new(&options, limits.memory, &declarations)?;
        let against = against.map(|path| load(&engines, path)).transpose()?;
        Ok(Self {
            engines,
            environment,
            files: GuestFiles::at(&data.join(flux_store::GUESTS)),
            records: record_store::reading(project)?,
            loaded: Mutex::default(),
            against,
            limits,
            places: Semaphore::new(instances as usize),
            tolerances: Arc::new(project.config.replay.tolerances()?),
            redaction,
        })
    }

    /// The guest that recordings are replayed against; none: the one that each names.
    pub fn against(&self) -> Option<&Arc<dyn Guest>> {
        self.against.as_ref()
    }

    /// Replays one recording.
    pub async fn replay(&self, recording: Recording) -> Result<ReplayedExecution, RuntimeError> {
        let recording = Arc::new(recording);
        let guest = self.guest(recording.begin.guest).await?;
        let input = Input::from_recording(&recording).map_err(RuntimeError::Trigger)?;
        let _place = self.places.acquire().await.map_err(|_| RuntimeError::Closed)?;
        let (redact, tolerances) = (self.redaction.of(&recording), self.tolerances.clone());
        let mut replay = Replay::new(recording.clone(), tolerances, redact, guest.digest());
        let limits = self.limits(&recording, guest.digest());
        let report = loop {
            let execution = self.execution(&mut replay, limits);
            guest.call(input.clone(), execution).await;
            if let Some(report) = replay.report()? {
                break report;
            }
        };
        let same_guest = guest.digest() == recording.begin.guest;
        let is_itself = matches!(report.verdict, Verdict::Identical | Verdict::NotCompared);
        let unfaithful =
            same_guest && !is_itself && is_repeatable(&recording) && !is_slow(&report, &recording);
        let (begin, recorded) = (recording.begin.clone(), recording.end.outcome.clone());
        Ok(ReplayedExecution { begin, recorded, report, unfaithful })
    }

    fn execution(&self, replay: &mut Replay, limits: Limits) -> Execution {
        let nothing = Arc::new(Capabilities::default());
        Execution::new(replay.session(), self.environment.clone(), nothing, limits)
    }

    /// A replay on a busy machine takes longer than what was recorded. The guest that was recorded ends where
    /// its recording says that a limit ended it, whatever the limits are now.
    fn limits(&self, recording: &Recording, guest: Digest) -> Limits {
        let time_ms = self.limits.time_ms.saturating_mul(4).saturating_add(10_000);
        let limits = Limits { time_ms, ..self.limits };
        match recording.begin.guest == guest && recording.minor > 0 {
            true => Limits { calls: u64::MAX, output: usize::MAX, ..limits },
            false => limits,
        }
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
        if loaded.len() == MOST_LOADED {
            loaded.clear();
        }
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

/// What was interrupted, or ended by the host, has no end of its own to compare. Before format 1.1 the
/// recording does not say where its time was over.
fn is_repeatable(recording: &Recording) -> bool {
    match &recording.end.outcome {
        Outcome::Failed { kind: FailureKind::Interrupted | FailureKind::Host, .. } => false,
        Outcome::Failed { kind: FailureKind::TimeLimit, .. } => recording.limit.is_some(),
        _ => true,
    }
}

/// A replay on a busy machine may run out of a time that the recorded execution had.
fn is_slow(report: &Report, recording: &Recording) -> bool {
    let is_late = |outcome: &Outcome| matches!(outcome, Outcome::Failed { kind: FailureKind::TimeLimit, .. });
    is_late(&report.outcome) && !is_late(&recording.end.outcome)
}

fn load(engines: &Engines, path: &Path) -> Result<Arc<dyn Guest>, RuntimeError> {
    let bytes = std::fs::read(path).map_err(|source| RuntimeError::File { path: path.to_owned(), source })?;
    engines.load(&bytes).map_err(|source| RuntimeError::Load { path: path.to_owned(), source })
}
