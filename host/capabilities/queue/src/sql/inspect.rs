//! What an operator sees, as statements.

use flux_host::bindings::flux::host::db::Value;
use flux_host::bindings::flux::host::queue::Error;

use super::{Cells, Sql, run_in, text, unavailable, unreadable};
use crate::{
    Counts, FailedAttempt, Inspect, JobDetails, JobState, JobSummary, Listing, MAX_LIST, QueueFuture,
};

/// The columns of [`summary`].
const SUMMARY: &str = "id, CASE WHEN state = 'ready' AND due_ms > {now} THEN 'delayed' ELSE state END, \
                       attempt, max_attempts, sent_ms, due_ms, reason, idempotency_key, \
                       CAST(length(payload) AS BIGINT)";

impl Sql {
    async fn count(&self, queue: &str, now_ms: u64) -> Result<Counts, Error> {
        let of = |and: &str| format!("(SELECT count(*) FROM {{jobs}} WHERE queue = $1 AND {and})");
        let counts = [
            of("state = 'ready' AND due_ms <= {now}"),
            of("state = 'ready' AND due_ms > {now}"),
            of("state = 'running'"),
            of("state = 'dead'"),
            of("idempotency_key IS NOT NULL"),
        ];
        let sql = format!("SELECT {}", counts.join(", "));
        let rows = self.run(self.timed(&sql, [text(queue)], now_ms)).await?;
        let mut row = Cells::first(rows).ok_or_else(unreadable)?;
        Ok(Counts {
            ready: row.number()?,
            delayed: row.number()?,
            running: row.number()?,
            dead: row.number()?,
            keys: row.number()?,
        })
    }

    async fn page(&self, queue: &str, listing: &Listing, now_ms: u64) -> Result<Vec<JobSummary>, Error> {
        let (follows, order) = if listing.newest { ("<", "DESC") } else { (">", "ASC") };
        let limit = listing.limit.min(MAX_LIST);
        let mut params = vec![text(queue)];
        let mut after = String::new();
        if let Some(id) = &listing.after {
            params.push(text(id));
            after = format!("AND id {follows} $2");
        }
        let state = within(listing.state);
        let sql = format!(
            "SELECT {SUMMARY} FROM {{jobs}} WHERE queue = $1 AND {state} {after} ORDER BY id {order} LIMIT {limit}"
        );
        let rows = self.run(self.timed(&sql, params, now_ms)).await?;
        Cells::all(rows).map(|mut row| summary(&mut row)).collect()
    }

    async fn details(&self, queue: &str, id: &str, now_ms: u64) -> Result<Option<JobDetails>, Error> {
        let sql = format!(
            "SELECT {SUMMARY}, payload FROM {{jobs}} WHERE queue = $1 AND id = $2 AND state <> 'done'"
        );
        let found = self.run(self.timed(&sql, [text(queue), text(id)], now_ms)).await?;
        let Some(mut row) = Cells::first(found) else {
            return Ok(None);
        };
        let (summary, payload) = (summary(&mut row)?, row.bytes()?);
        let sql = "SELECT attempt, ended_ms, reason FROM {attempts} WHERE job = $1 ORDER BY attempt";
        let attempts = Cells::all(self.run(self.statement(sql, [text(id)])).await?).map(|mut row| {
            let (attempt, ended_ms) = (row.number()?, row.number()?);
            Ok(FailedAttempt { attempt, ended_ms, reason: row.string()? })
        });
        let attempts = attempts.collect::<Result<_, Error>>()?;
        Ok(Some(JobDetails { summary, payload, attempts }))
    }

    async fn again(&self, queue: &str, id: Option<&str>, now_ms: u64) -> Result<u64, Error> {
        let mut params = vec![text(queue)];
        params.extend(id.map(text));
        let one = if id.is_some() { "AND id = $2" } else { "" };
        let mut transaction = self.begin().await?;
        // First the jobs: who else retries them waits for this, and then finds none.
        let sql = format!(
            "UPDATE {{jobs}} SET state = 'ready', attempt = 0, due_ms = {{now}}, ended_ms = NULL, reason = NULL \
             WHERE queue = $1 AND state = 'dead' {one} RETURNING id"
        );
        let rows = run_in(&mut *transaction, &self.timed(&sql, params, now_ms)).await?;
        let retried = rows.rows.len() as u64;
        for mut row in Cells::all(rows) {
            let forget =
                self.statement("DELETE FROM {attempts} WHERE job = $1", [Value::Text(row.string()?)]);
            run_in(&mut *transaction, &forget).await?;
        }
        transaction.commit().await.map_err(unavailable)?;
        Ok(retried)
    }

    async fn remove(&self, queue: &str, state: Option<JobState>, now_ms: u64) -> Result<u64, Error> {
        let state = within(state);
        let sql =
            format!("DELETE FROM {{jobs}} WHERE queue = $1 AND {state} AND state <> 'running' RETURNING id");
        Ok(self.run(self.timed(&sql, [text(queue)], now_ms)).await?.rows.len() as u64)
    }
}

/// A condition, which may have the time in it.
fn within(state: Option<JobState>) -> &'static str {
    match state {
        None => "state <> 'done'",
        Some(JobState::Ready) => "state = 'ready' AND due_ms <= {now}",
        Some(JobState::Delayed) => "state = 'ready' AND due_ms > {now}",
        Some(JobState::Running) => "state = 'running'",
        Some(JobState::Dead) => "state = 'dead'",
    }
}

fn summary(row: &mut Cells) -> Result<JobSummary, Error> {
    let (id, state) = (row.string()?, row.string()?);
    let (attempt, max_attempts) = (row.number()?, row.number()?);
    let (sent_ms, due_ms) = (row.number()?, row.number()?);
    let state = match &*state {
        "delayed" => JobState::Delayed,
        "ready" => JobState::Ready,
        "running" => JobState::Running,
        "dead" => JobState::Dead,
        _ => return Err(unreadable()),
    };
    Ok(JobSummary {
        id,
        state,
        attempt,
        max_attempts,
        sent_ms,
        due_ms,
        reason: row.text()?,
        idempotency_key: row.text()?,
        payload_bytes: row.number()?,
    })
}

impl Inspect for Sql {
    fn counts<'a>(&'a self, queue: &'a str, now_ms: u64) -> QueueFuture<'a, Counts> {
        Box::pin(self.count(queue, now_ms))
    }

    fn list<'a>(
        &'a self,
        queue: &'a str,
        listing: &'a Listing,
        now_ms: u64,
    ) -> QueueFuture<'a, Vec<JobSummary>> {
        Box::pin(self.page(queue, listing, now_ms))
    }

    fn show<'a>(&'a self, queue: &'a str, id: &'a str, now_ms: u64) -> QueueFuture<'a, Option<JobDetails>> {
        Box::pin(self.details(queue, id, now_ms))
    }

    fn retry<'a>(&'a self, queue: &'a str, id: Option<&'a str>, now_ms: u64) -> QueueFuture<'a, u64> {
        Box::pin(self.again(queue, id, now_ms))
    }

    fn purge<'a>(&'a self, queue: &'a str, state: Option<JobState>, now_ms: u64) -> QueueFuture<'a, u64> {
        Box::pin(self.remove(queue, state, now_ms))
    }
}
