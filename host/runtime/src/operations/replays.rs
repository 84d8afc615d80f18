//! Many recordings, run with nothing to act with: those that are named, then those that are selected.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use flux_recorder::Recording;
use flux_store::Selection;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::builds::Build;
use super::{OperationError, Operations, recordings};
use crate::archive::Archive;
use crate::error::RuntimeError;
use crate::replayer::{ReplayedExecution, Replayer};
use crate::target::{Replaced, Target};
use crate::walk::{Query, Skipped, Walk};

/// What is replayed, and against what.
#[derive(Debug, Clone, Default)]
pub struct ReplayRequest {
    /// Parts of ids, recordings, folders of recordings.
    pub named: Vec<String>,
    /// Besides those: a selection.
    pub selection: Option<Selection>,
    /// Only executions of this guest; with `against`, the guest that is replaced.
    pub guest: Option<String>,
    /// A build to replay against: a file, a guest's name, `guest@previous`, or a digest's beginning. None: the code that
    /// ran.
    pub against: Option<String>,
    /// How many run at once.
    pub parallel: usize,
}

/// What there is to tell of one recording.
#[derive(Debug)]
pub enum Told {
    /// It was replayed.
    Replayed(Box<ReplayedExecution>),
    /// It could not run.
    NotRun {
        /// What to call it.
        name: String,
        /// Why not.
        error: OperationError,
    },
    /// It was named, and its guest is not the one that is asked for.
    OtherGuest,
}

/// Replays that are ready to run.
pub struct Replays<'a> {
    replayer: Arc<Replayer>,
    against: Option<Build>,
    archive: &'a Archive,
    target: Option<Arc<Target>>,
    named: VecDeque<Named>,
    walk: Option<Walk<'a>>,
    parallel: usize,
}

/// What people name: an execution, or a file.
enum Named {
    Id(Uuid),
    File(PathBuf),
}

/// A recording's bytes, or why there are none, and what to call it.
struct Bytes {
    name: String,
    journal: Result<Vec<u8>, OperationError>,
}

impl Operations {
    /// Finds what a request is about, and loads what it is replayed against.
    pub async fn replays(&self, request: &ReplayRequest) -> Result<Replays<'_>, OperationError> {
        if request.named.is_empty() && request.selection.is_none() {
            return Err(OperationError::NothingSelected);
        }
        let against = match &request.against {
            Some(name) => Some(self.build(name).await?),
            None => None,
        };
        let component = against.as_ref().map(|build| &build.component);
        let parallel = request.parallel.max(1);
        // Before the records are opened: a file that is no component is refused, and nothing is touched.
        let replayer = Replayer::open(&self.project, component, parallel)?;
        let archive = self.archive().await?;
        let replayer = Arc::new(replayer.with_archive(archive.clone()));
        let guest = request.guest.as_deref().or(against.as_ref().and_then(|build| build.guest.as_deref()));
        let target = match (replayer.against(), component, guest) {
            (Some(loaded), Some(component), guest) => {
                let trigger = request.selection.as_ref().and_then(|selection| selection.name.as_deref());
                let replaced = Replaced { file: &component.path, guest, trigger };
                Some(Arc::new(Target::find(&self.project, archive, &**loaded, replaced).await?))
            }
            (_, _, Some(guest)) => Some(Arc::new(Target::named(&self.project, archive, guest).await?)),
            _ => None,
        };
        let named = self.named(&request.named).await?;
        let walk = match &request.selection {
            Some(selection) => {
                Some(archive.walk(&Query { selection: selection.clone(), target: target.clone() }).await?)
            }
            None => None,
        };
        Ok(Replays { replayer, against, archive, target, named, walk, parallel })
    }

    async fn named(&self, named: &[String]) -> Result<VecDeque<Named>, OperationError> {
        let mut found = VecDeque::new();
        for what in named {
            match recordings::named(what)? {
                Some(files) => found.extend(files.into_iter().map(Named::File)),
                None => found.push_back(Named::Id(self.find(what).await?)),
            }
        }
        Ok(found)
    }
}

impl Replays<'_> {
    /// The build that recordings are replayed against; none: the code that ran.
    pub fn against(&self) -> Option<&Build> {
        self.against.as_ref()
    }

    /// Runs all of them, several at once, and tells of each in its order: no more are in memory than run or wait for
    /// an earlier one. Returns what the selection passed over.
    pub async fn run<E: From<OperationError>>(
        mut self,
        mut tell: impl FnMut(Told) -> Result<(), E>,
    ) -> Result<Skipped, E> {
        let (mut begun, mut told) = (0_usize, 0_usize);
        let mut running = JoinSet::new();
        let mut done: BTreeMap<usize, Told> = BTreeMap::new();
        let mut more = true;
        loop {
            while more && running.len() < self.parallel && begun - told < 4 * self.parallel {
                let Some(recording) = self.next().await? else {
                    more = false;
                    break;
                };
                match self.read(recording) {
                    Err(result) => drop(done.insert(begun, *result)),
                    Ok((name, recording)) => {
                        drop(running.spawn(replay(self.replayer.clone(), begun, name, recording)))
                    }
                }
                begun += 1;
            }
            while let Some(result) = done.remove(&told) {
                tell(result)?;
                told += 1;
            }
            match running.join_next().await {
                Some(ended) => {
                    let (index, result) = ended.map_err(|why| broken(&why))?;
                    done.insert(index, result);
                }
                None if more || !done.is_empty() => {}
                None => break,
            }
        }
        Ok(self.walk.as_ref().map(Walk::skipped).unwrap_or_default())
    }

    /// A recording that can be run; or at once what there is to tell of it.
    fn read(&self, bytes: Bytes) -> Result<(String, Recording), Box<Told>> {
        let Bytes { name, journal } = bytes;
        let recording = journal.and_then(|journal| Ok(Recording::read(journal).map_err(RuntimeError::from)?));
        match recording {
            Err(error) => Err(Box::new(Told::NotRun { name, error })),
            Ok(recording) => {
                let (trigger, guest) = (&recording.begin.trigger, recording.begin.guest);
                let is_other = |target: &Arc<Target>| !target.concerns(&trigger.kind, &trigger.name, guest);
                match self.target.as_ref().is_some_and(is_other) {
                    true => Err(Box::new(Told::OtherGuest)),
                    false => Ok((name, recording)),
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, OperationError> {
        match self.named.pop_front() {
            Some(Named::File(path)) => {
                Ok(Some(Bytes { name: path.display().to_string(), journal: recordings::read(&path) }))
            }
            Some(Named::Id(id)) => {
                let journal = match self.archive.journal(id).await {
                    Ok(journal) => journal.ok_or(OperationError::Gone(id)),
                    Err(error) => Err(error.into()),
                };
                Ok(Some(Bytes { name: id.to_string(), journal }))
            }
            None => self.next_selected().await,
        }
    }

    async fn next_selected(&mut self) -> Result<Option<Bytes>, OperationError> {
        let Some(walk) = &mut self.walk else {
            return Ok(None);
        };
        while let Some(found) = walk.next().await? {
            let name = found.summary.id.to_string();
            match self.archive.journal_of(&found).await {
                // Retention has deleted it meanwhile.
                Ok(None) => {}
                Ok(Some(journal)) => return Ok(Some(Bytes { name, journal: Ok(journal) })),
                Err(error) => return Ok(Some(Bytes { name, journal: Err(error.into()) })),
            }
        }
        Ok(None)
    }
}

async fn replay(replayer: Arc<Replayer>, index: usize, name: String, recording: Recording) -> (usize, Told) {
    match replayer.replay(recording).await {
        Ok(replayed) => (index, Told::Replayed(Box::new(replayed))),
        Err(error) => (index, Told::NotRun { name, error: error.into() }),
    }
}

fn broken(why: &tokio::task::JoinError) -> OperationError {
    OperationError::Broken(why.to_string())
}
