//! What becomes of a job, as statements.

use flux_host::Transaction;
use flux_host::bindings::flux::host::db::Value;
use flux_host::bindings::flux::host::queue::Error;

use super::connection::SqlQuery;
use super::{Cells, Sql, integer, run_in, text};
use crate::{
    AHEAD_MS, Attempt, ClaimedJob, Joins, KEY_MS, LEASE_ENDED, LEASE_MS, NewJob, QueueFuture, Settlement,
    Tended,
};

/// An attempt that runs, by the first three parameters.
const RUNS: &str = "queue = $1 AND id = $2 AND attempt = $3 AND state = 'running'";

impl Sql {
    /// The statements that send a job. The last answers with the id.
    pub(super) fn insertion(&self, job: NewJob) -> Vec<SqlQuery> {
        let mut statements = Vec::new();
        let (mut column, mut place) = ("", "");
        let mut params = vec![
            Value::Text(job.id),
            text(&job.queue),
            Value::Bytes(job.payload),
            integer(job.due_ms.saturating_sub(job.sent_ms)),
            integer(job.max_attempts.into()),
        ];
        if let Some(key) = job.idempotency_key {
            // As bytes, because PostgreSQL keeps no NUL in a text.
            let key = Value::Bytes(key.into_bytes());
            let forget = format!(
                "DELETE FROM {{jobs}} WHERE queue = $1 AND idempotency_key = $2 AND state = 'done' \
                 AND ended_ms <= {{now}} - {KEY_MS}"
            );
            statements.push(self.timed(&forget, [Value::Text(job.queue), key.clone()], job.sent_ms));
            params.push(key);
            (column, place) = (", idempotency_key", ", $6");
        }
        // An update that changes nothing, because only a row that was written is returned.
        let insert = format!(
            "INSERT INTO {{jobs}} AS job (id, queue, payload, state, sent_ms, due_ms, attempt, max_attempts{column}) \
             VALUES ($1, $2, $3, 'ready', {{now}}, {{now}} + $4, 0, $5{place}) \
             ON CONFLICT (queue, idempotency_key) DO UPDATE SET id = job.id RETURNING id"
        );
        statements.push(self.timed(&insert, params, job.sent_ms));
        statements
    }

    pub(super) async fn insert(&self, job: NewJob) -> Result<String, Error> {
        let mut id = job.id.clone();
        for statement in self.insertion(job) {
            if let Some(mut row) = Cells::first(self.run(statement).await?) {
                id = row.string()?;
            }
        }
        Ok(id)
    }

    pub(super) async fn take(&self, queue: &str, now_ms: u64) -> Result<Option<ClaimedJob>, Error> {
        let sql = format!(
            "UPDATE {{jobs}} SET state = 'running', attempt = attempt + 1, lease_ms = {{now}} + {LEASE_MS} \
             WHERE seq = (SELECT seq FROM {{jobs}} WHERE queue = $1 AND state = 'ready' AND due_ms <= {{now}} \
             ORDER BY due_ms, seq LIMIT 1 {{skip locked}}) RETURNING id, payload, attempt, max_attempts"
        );
        let claim = self.timed(&sql, [text(queue)], now_ms);
        // By this node's clock, from before the claim: it never believes longer than the database.
        let lease_until_ms = now_ms.saturating_add(LEASE_MS);
        let Some(mut row) = Cells::first(self.run(claim).await?) else {
            return Ok(None);
        };
        Ok(Some(ClaimedJob {
            id: row.string()?,
            payload: row.bytes()?,
            attempt: row.number()?,
            max_attempts: row.number()?,
            lease_until_ms,
        }))
    }

    pub(super) async fn lease(&self, attempt: Attempt<'_>, now_ms: u64) -> Result<bool, Error> {
        let what = format!("UPDATE {{jobs}} SET lease_ms = {{now}} + {LEASE_MS} WHERE");
        let extend = self.on_attempt(attempt, &what, "", Vec::new());
        self.changed(self.timed(&extend.sql, extend.params, now_ms)).await
    }

    pub(super) async fn end(
        &self,
        attempt: Attempt<'_>,
        settlement: Settlement,
        now_ms: u64,
    ) -> Result<bool, Error> {
        match settlement {
            Settlement::Done => self.done(attempt, now_ms).await,
            Settlement::Retry { at_ms, reason } => {
                let set = "state = 'ready', reason = $4, due_ms = {now} + $5";
                let wait = integer(at_ms.saturating_sub(now_ms));
                self.failed(attempt, set, vec![text(&reason), wait], &reason, now_ms).await
            }
            Settlement::Dead { reason } => {
                let set = "state = 'dead', reason = $4, ended_ms = {now}";
                self.failed(attempt, set, vec![text(&reason)], &reason, now_ms).await
            }
        }
    }

    async fn done(&self, attempt: Attempt<'_>, now_ms: u64) -> Result<bool, Error> {
        let keyless = "AND idempotency_key IS NULL";
        let delete = self.on_attempt(attempt, "DELETE FROM {jobs} WHERE", keyless, Vec::new());
        if self.changed(delete).await? {
            return Ok(true);
        }
        let what = "UPDATE {jobs} SET state = 'done', payload = $4, ended_ms = {now} WHERE";
        let keep = self.on_attempt(attempt, what, "", vec![Value::Bytes(Vec::new())]);
        self.changed(self.timed(&keep.sql, keep.params, now_ms)).await
    }

    /// Runs a statement on an attempt that runs; false if it does not.
    async fn changed(&self, statement: SqlQuery) -> Result<bool, Error> {
        Ok(Cells::first(self.run(statement).await?).is_some())
    }

    fn on_attempt(&self, attempt: Attempt<'_>, what: &str, and: &str, rest: Vec<Value>) -> SqlQuery {
        let mut params = vec![text(attempt.queue), text(attempt.id), integer(attempt.number.into())];
        params.extend(rest);
        self.statement(&format!("{what} {RUNS} {and} RETURNING id"), params)
    }

    async fn failed(
        &self,
        attempt: Attempt<'_>,
        set: &str,
        rest: Vec<Value>,
        reason: &str,
        now_ms: u64,
    ) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        let what = format!("UPDATE {{jobs}} SET {set} WHERE");
        let update = self.on_attempt(attempt, &what, "", rest);
        let update = self.timed(&update.sql, update.params, now_ms);
        if run_in(&mut *transaction, &update).await?.rows.is_empty() {
            transaction.rollback().await.map_err(super::unavailable)?;
            return Ok(false);
        }
        let failed = Failed { id: attempt.id, number: attempt.number, reason, now_ms };
        self.remember(&mut *transaction, failed).await?;
        transaction.commit().await.map_err(super::unavailable)?;
        Ok(true)
    }

    async fn remember(&self, transaction: &mut dyn Transaction, failed: Failed<'_>) -> Result<(), Error> {
        let sql = "INSERT INTO {attempts} (job, attempt, reason, ended_ms) VALUES ($1, $2, $3, {now})";
        let Failed { id, number, reason, now_ms } = failed;
        let params = [text(id), integer(number.into()), text(reason)];
        run_in(transaction, &self.timed(sql, params, now_ms)).await.map(drop)
    }

    pub(super) async fn look(&self, queue: &str, now_ms: u64) -> Result<Tended, Error> {
        let sql = "SELECT (SELECT min(due_ms) FROM {jobs} WHERE queue = $1 AND state = 'ready'), \
                   (SELECT min(lease_ms) FROM {jobs} WHERE queue = $1 AND state = 'running'), \
                   (SELECT min(ended_ms) FROM {jobs} WHERE queue = $1 AND state = 'done'), {now}";
        let found = self.run(self.timed(sql, [text(queue)], now_ms)).await?;
        let mut row = Cells::first(found).ok_or_else(super::unreadable)?;
        let (due, lease, ended) = (row.integer()?, row.integer()?, row.integer::<u64>()?);
        let stored_now: u64 = row.number()?;
        if ended.is_some_and(|ended| ended <= stored_now.saturating_sub(KEY_MS)) {
            let sql = format!(
                "DELETE FROM {{jobs}} WHERE queue = $1 AND state = 'done' AND ended_ms <= {{now}} - {KEY_MS}"
            );
            self.run(self.timed(&sql, [text(queue)], now_ms)).await?;
        }
        if lease.is_some_and(|lease: u64| lease <= stored_now) {
            // What is ready again is due now.
            return self.take_back(queue, "lease_ms <= {now}", LEASE_ENDED, now_ms).await;
        }
        // Who waits for it has another clock.
        let from_now = |at: u64| now_ms.saturating_add(at.saturating_sub(stored_now));
        let next_ms = [due, lease].into_iter().flatten().min().map(from_now);
        Ok(Tended { next_ms, ..Tended::default() })
    }

    /// Jobs that were sent in the future were so by a clock that was ahead. They would wait until then, so they
    /// count as sent now.
    pub(super) async fn bring_back(&self, queue: &str, now_ms: u64) -> Result<(), Error> {
        let sql = format!(
            "UPDATE {{jobs}} SET due_ms = {{now}} + (due_ms - sent_ms), sent_ms = {{now}} WHERE queue = $1 \
             AND state = 'ready' AND sent_ms > {{now}} + {AHEAD_MS} AND due_ms >= sent_ms RETURNING id"
        );
        let brought = self.run(self.timed(&sql, [text(queue)], now_ms)).await?.rows.len();
        if brought > 0 {
            tracing::warn!(
                "a clock that was ahead sent {} of queue {queue}, which now counts as the time of sending",
                flux_host::count(brought, "job")
            );
        }
        Ok(())
    }

    /// Takes back what runs on a lease that has ended, as a condition says.
    pub(super) async fn take_back(
        &self,
        queue: &str,
        ended: &str,
        reason: &str,
        now_ms: u64,
    ) -> Result<Tended, Error> {
        let mut transaction = self.begin().await?;
        let sql = format!(
            "UPDATE {{jobs}} SET reason = $2, \
             state = CASE WHEN attempt >= max_attempts THEN 'dead' ELSE 'ready' END, \
             ended_ms = CASE WHEN attempt >= max_attempts THEN {{now}} ELSE ended_ms END \
             WHERE queue = $1 AND state = 'running' AND {ended} RETURNING id, attempt, state"
        );
        let take_back = self.timed(&sql, [text(queue), text(reason)], now_ms);
        let rows = run_in(&mut *transaction, &take_back).await?;
        let mut tended = Tended { next_ms: Some(now_ms), ..Tended::default() };
        for mut row in Cells::all(rows) {
            let (id, number, state) = (row.string()?, row.number()?, row.string()?);
            *(if state == "dead" { &mut tended.dead } else { &mut tended.ready }) += 1;
            self.remember(&mut *transaction, Failed { id: &id, number, reason, now_ms }).await?;
        }
        transaction.commit().await.map_err(super::unavailable)?;
        Ok(tended)
    }
}

/// An attempt that failed.
struct Failed<'a> {
    id: &'a str,
    number: u32,
    reason: &'a str,
    now_ms: u64,
}

impl Joins for Sql {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn send_in<'a>(&'a self, transaction: &'a mut dyn Transaction, job: NewJob) -> QueueFuture<'a, String> {
        Box::pin(async move {
            let mut id = job.id.clone();
            for statement in self.insertion(job) {
                if let Some(mut row) = Cells::first(run_in(transaction, &statement).await?) {
                    id = row.string()?;
                }
            }
            Ok(id)
        })
    }
}
