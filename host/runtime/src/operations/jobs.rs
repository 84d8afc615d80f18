//! Which execution sent a job, and which executions ran it.
//!
//! Journals do not point at each other; they share the job's id, which is the result of `queue.send` in one and
//! the input of the others. That id is a UUID of version 7, so it says when the job was sent. The sender ran at
//! that moment, and every attempt began after it: few executions are looked at, however many there are.

use flux_api::{Sender, SentJob};
use flux_cap_queue::SEND;
use flux_recorder::format::Frames;
use flux_recorder::{Event, Value};
use flux_store::{Selection, Summary};
use memchr::memmem;
use uuid::Uuid;

use super::OperationError;
use super::Operations;
use crate::archive::Archive;
use crate::walk::{Found, Query};

/// How many journals are read for one link at the most.
const LOOK: usize = 512;
/// An execution's clock is read after its id was made, and a job's id before its call was answered.
const SLACK_MS: u64 = 2_000;

impl Operations {
    /// The execution that sent the job that a journal's execution runs.
    pub(super) async fn sender(&self, journal: &[u8]) -> Result<Option<Sender>, OperationError> {
        let Some(job) = job_of(journal) else {
            return Ok(None);
        };
        let sent_ms = made_at_ms(job);
        let longest_ms = self.project.config.limits.time_ms;
        // Its guest may run on after its answer, for as long again.
        let earliest_ms = sent_ms.saturating_sub(longest_ms.saturating_mul(2)).saturating_sub(SLACK_MS);
        let selection = Selection {
            // Ids of one millisecond are in no order.
            before: Some(first_of(sent_ms + 1)),
            since_ns: Some(earliest_ms.saturating_mul(1_000_000)),
            ..Selection::default()
        };
        let archive = self.archive().await?;
        let mut walk = archive.newest(&Query { selection, target: None })?;
        let mut looked = 0;
        while let Some(found) = walk.step().await?
            && looked < LOOK
        {
            if !ran_at(&found.summary, sent_ms) {
                continue;
            }
            looked += 1;
            if let Some(seq) = sends_job(archive, &found, job).await? {
                let Summary { id, kind, name, .. } = found.summary;
                return Ok(Some(Sender { id: id.to_string(), kind, name, seq }));
            }
        }
        Ok(None)
    }

    /// The jobs that a journal's execution sent, with the executions that ran them.
    pub(super) async fn sent_jobs(&self, journal: &[u8]) -> Result<Vec<SentJob>, OperationError> {
        let mut jobs = sent(journal);
        for job in &mut jobs {
            if let Ok(id) = job.id.parse() {
                job.executions = self.runs_of(id, &job.queue).await?;
            }
        }
        Ok(jobs)
    }

    /// The executions that ran a job, one an attempt.
    async fn runs_of(&self, job: Uuid, queue: &str) -> Result<Vec<String>, OperationError> {
        let selection = Selection {
            kind: Some("job".to_owned()),
            name: Some(queue.to_owned()),
            after: Some(Uuid::from_u128(first_of(made_at_ms(job)).as_u128().saturating_sub(1))),
            oldest_first: true,
            ..Selection::default()
        };
        let archive = self.archive().await?;
        let mut walk = archive.in_order(Query { selection, target: None })?;
        let mut runs = Vec::new();
        for _ in 0..LOOK {
            let Some(found) = walk.step().await? else { break };
            let journal = archive.journal_of(&found).await?;
            if journal.is_some_and(|journal| job_of(&journal) == Some(job)) {
                runs.push(found.summary.id.to_string());
                // Most jobs are done at once, and nothing says more of them.
                if !found.summary.failed && found.summary.outcome == "returned" {
                    break;
                }
            }
        }
        Ok(runs)
    }
}

/// The job that an execution was started by. A run of a schedule was sent by nobody.
fn job_of(journal: &[u8]) -> Option<Uuid> {
    let Ok(Event::Begin(begin)) = Frames::of(journal).ok()?.next()? else {
        return None;
    };
    if begin.trigger.kind != "job" {
        return None;
    }
    match Value::read(&begin.trigger.input).ok()?.field("id")? {
        Value::String(id) => id.parse().ok(),
        _ => None,
    }
}

/// The jobs that were sent, by the calls of a journal.
fn sent(journal: &[u8]) -> Vec<SentJob> {
    let (mut jobs, mut calls) = (Vec::new(), Vec::new());
    for event in Frames::of(journal).into_iter().flatten().map_while(Result::ok) {
        match event {
            Event::Call { seq, function: SEND, args } => calls.push((seq, args)),
            Event::Return { seq, result, .. } => {
                let Some((_, args)) = calls.iter().find(|(call, _)| *call == seq) else { continue };
                if let (Some(queue), Some(id)) = (first_text(args), answered(result)) {
                    jobs.push(SentJob { id, queue, seq, executions: Vec::new() });
                }
            }
            _ => {}
        }
    }
    jobs
}

fn first_text(args: &[u8]) -> Option<String> {
    let Ok(Value::Tuple(args)) = Value::read(args) else { return None };
    match args.into_iter().next()? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn answered(result: &[u8]) -> Option<String> {
    let Ok(Value::Result(Ok(value))) = Value::read(result) else { return None };
    match *value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Which call of an execution sent a job.
async fn sends_job(archive: &Archive, found: &Found, job: Uuid) -> Result<Option<u64>, OperationError> {
    let Some(journal) = archive.journal_of(found).await? else {
        return Ok(None);
    };
    let id = job.to_string();
    // Most journals do not have it, and need not be decoded to see that.
    if memmem::find(&journal, id.as_bytes()).is_none() {
        return Ok(None);
    }
    Ok(sent(&journal).into_iter().find(|sent| sent.id == id).map(|sent| sent.seq))
}

/// Whether an execution that made calls may have run at a time; of one without an end nobody knows how long it ran.
fn ran_at(summary: &Summary, ms: u64) -> bool {
    let ended_ms = summary.started_ns.saturating_add(summary.elapsed_ns) / 1_000_000;
    let is_open = matches!(summary.outcome.as_str(), "running" | "interrupted");
    summary.calls > 0 && (is_open || ended_ms.saturating_add(SLACK_MS) >= ms)
}

/// When an id of version 7 was made.
fn made_at_ms(id: Uuid) -> u64 {
    u64::try_from(id.as_u128() >> 80).unwrap_or(0)
}

/// The lowest id of version 7 of a millisecond.
fn first_of(ms: u64) -> Uuid {
    Uuid::from_u128(u128::from(ms) << 80)
}

#[cfg(test)]
mod tests {
    use flux_recorder::{Begin, Digest, Encode, Trigger, write_journal};

    use super::*;

    fn journal(kind: &str, input: Vec<u8>, events: Vec<Event<'_>>) -> Vec<u8> {
        let trigger = Trigger { kind: kind.to_owned(), name: "q".to_owned(), input };
        let begin = Begin {
            id: Uuid::from_u128(7 << 76),
            parent: None,
            guest: Digest([0; 32]),
            engine: "none".to_owned(),
            seed: [0; 32],
            started_ns: 0,
            trigger,
        };
        write_journal([Event::Begin(Box::new(begin))].into_iter().chain(events))
    }

    #[test]
    fn a_journal_tells_the_job_that_it_ran_and_the_jobs_that_it_sent() {
        let id = "01990000-0000-7000-8000-000000000001";
        let input = Value::Record(vec![("id".into(), Value::String(id.into()))]).to_canonical();
        assert_eq!(job_of(&journal("job", input.clone(), vec![])), id.parse().ok());
        assert_eq!(job_of(&journal("cron", input, vec![])), None);

        let args = ("receipts", vec![1_u8]).to_canonical();
        let sent_as = Ok::<_, String>(id.to_owned()).to_canonical();
        let refused = Err::<String, _>("full".to_owned()).to_canonical();
        let call = |seq| Event::Call { seq, function: "queue.send", args: &args };
        let events = vec![
            call(0),
            Event::Return { seq: 0, elapsed_ns: 1, result: &refused },
            call(1),
            Event::Return { seq: 1, elapsed_ns: 1, result: &sent_as },
            Event::Call { seq: 2, function: "kv.bucket.get", args: &args },
            Event::Return { seq: 2, elapsed_ns: 1, result: &sent_as },
        ];
        let jobs = sent(&journal("http", Vec::new(), events));
        let expect =
            SentJob { id: id.to_owned(), queue: "receipts".to_owned(), seq: 1, executions: Vec::new() };
        assert_eq!(jobs, [expect]);
    }

    #[test]
    fn an_id_says_when_it_was_made() {
        let id: Uuid = "01990000-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(made_at_ms(id), 0x0199_0000_0000);
        assert!(first_of(made_at_ms(id)) <= id && id < first_of(made_at_ms(id) + 1));
    }
}
