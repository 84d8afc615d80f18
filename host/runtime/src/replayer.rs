//! Runs recordings against guests, with nothing to act with.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use flux_host::wasm::EngineOptions;
use flux_host::{Capabilities, Environment, Execution, Guest, Input, Limits, System};
use flux_recorder::{Begin, Digest, FailureKind, Outcome, Recording};
use flux_replay::{Replay, Report, Tolerances, Verdict};
use tokio::sync::{Mutex, Semaphore};

use crate::app::compiled_code;
use crate::archive::Archive;
use crate::engines::Engines;
use crate::error::RuntimeError;
use crate::project::Project;
use crate::redaction::Redaction;

/// How many guests are kept loaded: a long history has many builds.
const MOST_LOADED: usize = 32;

/// Replays for one project. It opens no database, no queue and no socket.
pub struct Replayer {
    engines: Engines,
    environment: Arc<dyn Environment>,
    // Where the guests are that ran here; none: no recording names one of them.
    archive: Option<Arc<Archive>>,
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

/// The bytes of a guest, and where they are from.
#[derive(Debug, Clone)]
pub struct Component {
    /// The component, or the bundle.
    pub bytes: Vec<u8>,
    /// Its file.
    pub path: PathBuf,
}

impl Replayer {
    /// A replayer for a project, against the recorded guests themselves, or against one component.
    pub fn open(
        project: &Project,
        against: Option<&Component>,
        parallel: usize,
    ) -> Result<Self, RuntimeError> {
        let environment: Arc<dyn Environment> = Arc::new(System::new());
        let redaction = Redaction::for_replay(project)?;
        let instances = u32::try_from(parallel).unwrap_or(64).clamp(4, 512);
        let limits = project.config.limits.limits();
        let options = EngineOptions { cache: compiled_code(), instances, limits };
        let engines = Engines::new(&options, limits.memory)?;
        let against = against.map(|component| load(&engines, component)).transpose()?;
        Ok(Self {
            engines,
            environment,
            archive: None,
            loaded: Mutex::default(),
            against,
            limits,
            places: Semaphore::new(instances as usize),
            tolerances: Arc::new(project.config.replay.tolerances()?),
            redaction,
        })
    }

    /// The same with the guests that ran here.
    pub fn with_archive(self, archive: Arc<Archive>) -> Self {
        Self { archive: Some(archive), ..self }
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
        let archive = self.archive.as_ref().ok_or(RuntimeError::NoGuest(digest))?;
        let bytes = archive.component(digest).await?.ok_or(RuntimeError::NoGuest(digest))?;
        let component = Component { bytes, path: archive.component_path(&digest) };
        let guest = load(&self.engines, &component)?;
        if loaded.len() == MOST_LOADED {
            loaded.clear();
        }
        loaded.insert(digest, guest.clone());
        Ok(guest)
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

fn load(engines: &Engines, component: &Component) -> Result<Arc<dyn Guest>, RuntimeError> {
    let failed = |source| RuntimeError::Load { path: component.path.clone(), source };
    engines.load(&component.bytes).map_err(failed)
}
