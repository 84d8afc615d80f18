//! What an app cannot do now, asked anew for `/readyz`.

use std::error::Error as _;
use std::time::Duration;

use flux_cap_queue::{Queues, reason};
use flux_store::{Store, Target};
use tokio::sync::Mutex;

use crate::error::store_hint;

/// How long a back end may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(3);
/// For so long an answer is given again: whoever asks often costs no more.
const FRESH_NS: u64 = 1_000_000_000;

/// Something that does not work now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is, such as `queue 'mail'`.
    pub what: String,
    /// Why it does not work.
    pub why: String,
    /// Whether requests fail for it, now or soon, so that they should go to another node.
    pub blocks: bool,
}

/// The latest answer, and when it was found.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(u64, Vec<Problem>)>>);

impl Readiness {
    /// What does not work now. What is asked here is tried: a queue is written to, and the disk is asked for room.
    /// `now_ns` is of a clock that is never set.
    pub async fn problems(
        &self,
        store: Option<&Store>,
        queues: Option<&Queues>,
        now_ns: u64,
    ) -> Vec<Problem> {
        // Held while it is asked: who comes meanwhile gets the same answer.
        let mut latest = self.0.lock().await;
        if let Some((found_ns, problems)) = &*latest
            && now_ns.saturating_sub(*found_ns) < FRESH_NS
        {
            return problems.clone();
        }
        let mut problems = store.map(store_problems).unwrap_or_default();
        if let Some(queues) = queues {
            problems.extend(queue_problems(queues).await);
        }
        *latest = Some((now_ns, problems.clone()));
        problems
    }
}

async fn queue_problems(queues: &Queues) -> Vec<Problem> {
    let failed = queues.check(PATIENCE).await;
    failed.into_iter().map(|(label, error)| blocking(&format!("queue '{label}'"), &reason(error))).collect()
}

pub(crate) fn blocking(what: &str, why: &str) -> Problem {
    Problem { what: what.to_owned(), why: why.to_owned(), blocks: true }
}

fn store_problems(store: &Store) -> Vec<Problem> {
    let mut problems = Vec::new();
    if store.spool().stats().full {
        let why = "it has reached [record] spool-max: recordings wait for the record store";
        problems.push(blocking("spool", why));
    }
    if !store.spool().is_durable() {
        problems.push(blocking("spool", "the latest bytes could not be written to the disk"));
    }
    if let Some(why) = store.spool().lacking() {
        problems.push(blocking("spool", &why));
    }
    if let Some(error) = store.failing() {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let hint = store_hint(&error).map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        // A file of this node fails for what is wrong with this node. A server that nodes share is away for all of
        // them, and nobody who asks notices as long as the spool has room.
        let blocks = matches!(store.records().target(), Target::Sqlite(_));
        problems.push(Problem {
            what: "record store".to_owned(),
            why: format!("{error}{cause}{hint}"),
            blocks,
        });
    }
    problems
}
