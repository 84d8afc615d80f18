//! What an earlier process left in the spool.
//!
//! Nothing is invented: an execution is what its runs say up to the first doubt. A run that is not
//! full ends it, whatever follows, and so does a missing index; the frames' checksums cut what is
//! torn within a run when it is shipped.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::execution::Execution;
use super::home::Home;
use super::layout::{FINISHED, Found, GRAIN, MOVED, SHIPPED, VERSION, scan, segment_version};
use super::options::Recovered;
use super::run::Run;
use super::segment::{Segment, Space, file_name, list};
use crate::error::{StoreError, file};

pub(super) struct Leftovers {
    pub executions: Vec<Arc<Execution>>,
    pub recovered: Recovered,
    pub next_number: u64,
}

/// Finds all executions that were not shipped. Segments without any are deleted.
pub(super) fn recover(home: &Arc<Home>, space: &Arc<Space>) -> Result<Leftovers, StoreError> {
    let listed = list(home.at())?;
    let next_number = listed.last().map_or(1, |(number, _)| number + 1);
    let mut recovered = Recovered::default();
    let mut groups: Groups<Arc<Segment>> = Groups::new();
    for (number, path) in listed {
        let Some(bytes) = read_segment(&path)? else {
            // Too short for a single run. If it stays, it is found again.
            home.remove(&file_name(number)).ok();
            continue;
        };
        let (found, damaged) = scan(number, &bytes);
        recovered.damaged += damaged;
        recovered.segments += u64::from(!found.is_empty());
        let segment = Segment::leftover(home, number, space)?;
        group(&mut groups, &segment, &found);
    }
    let executions: Vec<_> = groups.into_iter().filter_map(|(id, runs)| execution(id, runs)).collect();
    recovered.executions = executions.len() as u64;
    if recovered.damaged > 0 {
        tracing::warn!(stretches = recovered.damaged, path = %home.at().display(), "the spool is damaged");
    }
    Ok(Leftovers { executions, recovered, next_number })
}

/// Runs that were not shipped, by execution, each with the segment it lies in.
pub(super) type Groups<S> = BTreeMap<Uuid, Runs<S>>;

/// Runs of one execution.
type Runs<S> = Vec<(S, Found)>;

/// Sorts the runs of one segment to their executions.
pub(super) fn group<S: Clone>(groups: &mut Groups<S>, segment: &S, found: &[Found]) {
    for run in found.iter().filter(|run| run.state != SHIPPED) {
        groups.entry(run.header.id).or_default().push((segment.clone(), *run));
    }
}

/// The bytes of a segment; none if it vanished or is too short to hold any.
pub(super) fn read_segment(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file("read", path)(error)),
    };
    match segment_version(&bytes) {
        Some(found) if found > VERSION => {
            Err(StoreError::NewerSpool { path: path.to_owned(), found, supported: VERSION })
        }
        _ => Ok((bytes.len() > GRAIN).then_some(bytes)),
    }
}

/// Splits an execution's runs into those that make up its journal, in order, and the others.
pub(super) fn in_order<S>(runs: Runs<S>) -> (Runs<S>, Runs<S>) {
    // A moved execution that is whole stands for everything else of it.
    let is_whole_move = |run: &Found| run.header.index == MOVED && run.state == FINISHED;
    let moved = runs.iter().any(|(_, run)| is_whole_move(run));
    let (mut runs, mut others): (Vec<_>, Vec<_>) =
        runs.into_iter().partition(|(_, run)| is_whole_move(run) || (!moved && run.header.index != MOVED));
    runs.sort_by_key(|(_, run)| run.header.index);
    let first = if moved { MOVED } else { 0 };
    let mut whole = 0;
    while let Some((_, run)) = runs.get(whole)
        && run.header.index == first | whole as u32
    {
        whole += 1;
        if moved || !run.is_full() {
            break;
        }
    }
    others.extend(runs.drain(whole..));
    (runs, others)
}

fn execution(id: Uuid, runs: Runs<Arc<Segment>>) -> Option<Arc<Execution>> {
    let (runs, others) = in_order(runs);
    // What stands beside is of no use to anybody; were it kept, the next crash would find it again.
    for (segment, run) in &others {
        Run::leftover(segment, run).inspect(|run| run.set_state(SHIPPED));
    }
    let runs: Vec<_> = runs.iter().filter_map(|(segment, run)| Run::leftover(segment, run)).collect();
    (!runs.is_empty()).then(|| Arc::new(Execution::with_runs(id, runs)))
}
