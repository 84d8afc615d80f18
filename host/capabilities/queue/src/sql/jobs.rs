//! What becomes of a job, as statements.

use flux_host::Transaction;
use flux_host::bindings::flux::host::db::Value;
use flux_host::bindings::flux::host::queue::Error;

use super::{Cells, Sql, Statement, integer, run_in, text};
use crate::{Answer, Attempt, ClaimedJob, Joins, KEY_MS, LEASE_ENDED, LEASE_MS, NewJob, Settlement, Tended};

/// An attempt that runs, by the first three parameters.
const RUNS: &str = "queue = $1 AND id = $2 AND attempt = $3 AND state = 'running'";

impl Sql {
    /// The statements that send a job. The last answers with the id.
    pub(super) fn insertion(&self, job: NewJob) -> Vec<Statement> {
        let mut statements = Vec::new();
        let (mut column, mut place) = ("", "");
        let mut params = vec![
            Value::Text(job.id),
            text(&job.queue),
            Value::Bytes(job.payload),
            integer(job.sent_ms),
            integer(job.due_ms),
            integer(job.max_attempts.into()),
        ];
        if let Some(key) = job.idempotency_key {
            // As bytes, because PostgreSQL keeps no NUL in a text.
            let key = Value::Bytes(key.into_bytes());
            let forget = "DELETE FROM {jobs} WHERE queue = $1 AND idempotency_key = $2 AND state = 'done' \
                          AND ended_ms <= $3";
            let forgotten_ms = integer(job.sent_ms.saturating_sub(KEY_MS));
            statements.push(self.statement(forget, [Value::Text(job.queue), key.clone(), forgotten_ms]));
            params.push(key);
            (column, place) = (", idempotency_key", ", $7");
        }
        // An update that changes nothing, because only a row that was written is returned.
        let insert = format!(
            "INSERT INTO {{jobs}} AS job (id, queue, payload, state, sent_ms, due_ms, attempt, max_attempts{column}) \
             VALUES ($1, $2, $3, 'ready', $4, $5, 0, $6{place}) \
             ON CONFLICT (queue, idempotency_key) DO UPDATE SET id = job.id RETURNING id"
        );
        statements.push(self.statement(&insert, params));
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
        let sql = "UPDATE {jobs} SET state = 'running', attempt = attempt + 1, lease_ms = $3 WHERE seq = \
                   (SELECT seq FROM {jobs} WHERE queue = $1 AND state = 'ready' AND due_ms <= $2 \
                   ORDER BY due_ms, seq LIMIT 1 {skip locked}) RETURNING id, payload, attempt, max_attempts";
        let lease_until_ms = now_ms.saturating_add(LEASE_MS);
        let params = [text(queue), integer(now_ms), integer(lease_until_ms)];
        let Some(mut row) = Cells::first(self.run(self.statement(sql, params)).await?) else {
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
        let until_ms = integer(now_ms.saturating_add(LEASE_MS));
        let rest = vec![until_ms];
        self.changed(attempt, "UPDATE {jobs} SET lease_ms = $4 WHERE", "", rest).await
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
                let set = "state = 'ready', due_ms = $4, reason = $5";
                self.failed(attempt, set, at_ms, reason, now_ms).await
            }
            Settlement::Dead { reason } => {
                let set = "state = 'dead', ended_ms = $4, reason = $5";
                self.failed(attempt, set, now_ms, reason, now_ms).await
            }
        }
    }

    async fn done(&self, attempt: Attempt<'_>, now_ms: u64) -> Result<bool, Error> {
        let keyless = "AND idempotency_key IS NULL";
        if self.changed(attempt, "DELETE FROM {jobs} WHERE", keyless, Vec::new()).await? {
            return Ok(true);
        }
        let keep = "UPDATE {jobs} SET state = 'done', payload = $4, ended_ms = $5 WHERE";
        self.changed(attempt, keep, "", vec![Value::Bytes(Vec::new()), integer(now_ms)]).await
    }

    /// Runs a statement on an attempt that runs; false if it does not.
    async fn changed(
        &self,
        attempt: Attempt<'_>,
        what: &str,
        and: &str,
        rest: Vec<Value>,
    ) -> Result<bool, Error> {
        let statement = self.on_attempt(attempt, what, and, rest);
        Ok(Cells::first(self.run(statement).await?).is_some())
    }

    fn on_attempt(&self, attempt: Attempt<'_>, what: &str, and: &str, rest: Vec<Value>) -> Statement {
        let mut params = vec![text(attempt.queue), text(attempt.id), integer(attempt.number.into())];
        params.extend(rest);
        self.statement(&format!("{what} {RUNS} {and} RETURNING id"), params)
    }

    async fn failed(
        &self,
        attempt: Attempt<'_>,
        set: &str,
        time_ms: u64,
        reason: String,
        now_ms: u64,
    ) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        let what = format!("UPDATE {{jobs}} SET {set} WHERE");
        let update = self.on_attempt(attempt, &what, "", vec![integer(time_ms), text(&reason)]);
        if run_in(&mut *transaction, &update).await?.rows.is_empty() {
            return Ok(false);
        }
        let failed = Failed { id: attempt.id, number: attempt.number, reason: &reason, now_ms };
        self.remember(&mut *transaction, failed).await?;
        transaction.commit().await.map_err(super::unavailable)?;
        Ok(true)
    }

    async fn remember(&self, transaction: &mut dyn Transaction, failed: Failed<'_>) -> Result<(), Error> {
        let sql = "INSERT INTO {attempts} (job, attempt, ended_ms, reason) VALUES ($1, $2, $3, $4)";
        let Failed { id, number, reason, now_ms } = failed;
        let params = [text(id), integer(number.into()), integer(now_ms), text(reason)];
        run_in(transaction, &self.statement(sql, params)).await.map(drop)
    }

    pub(super) async fn look(&self, queue: &str, now_ms: u64) -> Result<Tended, Error> {
        let sql = "SELECT (SELECT min(due_ms) FROM {jobs} WHERE queue = $1 AND state = 'ready'), \
                   (SELECT min(lease_ms) FROM {jobs} WHERE queue = $1 AND state = 'running'), \
                   (SELECT min(ended_ms) FROM {jobs} WHERE queue = $1 AND state = 'done')";
        let found = self.run(self.statement(sql, [text(queue)])).await?;
        let mut row = Cells::first(found).ok_or_else(super::unreadable)?;
        let (due, lease, ended) = (row.integer()?, row.integer()?, row.integer::<u64>()?);
        let forgotten_ms = now_ms.saturating_sub(KEY_MS);
        if ended.is_some_and(|ended| ended <= forgotten_ms) {
            let sql = "DELETE FROM {jobs} WHERE queue = $1 AND state = 'done' AND ended_ms <= $2";
            self.run(self.statement(sql, [text(queue), integer(forgotten_ms)])).await?;
        }
        let next_ms = [due, lease].into_iter().flatten().min();
        match lease.is_some_and(|lease: u64| lease <= now_ms) {
            // What is ready again is due now.
            true => self.take_back(queue, now_ms, LEASE_ENDED, now_ms).await,
            false => Ok(Tended { next_ms, ..Tended::default() }),
        }
    }

    /// Takes back what runs on a lease that ended by `cutoff_ms`.
    pub(super) async fn take_back(
        &self,
        queue: &str,
        cutoff_ms: u64,
        reason: &str,
        now_ms: u64,
    ) -> Result<Tended, Error> {
        let mut transaction = self.begin().await?;
        let sql = "UPDATE {jobs} SET reason = $3, \
                   state = CASE WHEN attempt >= max_attempts THEN 'dead' ELSE 'ready' END, \
                   ended_ms = CASE WHEN attempt >= max_attempts THEN $4 ELSE ended_ms END \
                   WHERE queue = $1 AND state = 'running' AND lease_ms <= $2 RETURNING id, attempt, state";
        let params = [text(queue), integer(cutoff_ms), text(reason), integer(now_ms)];
        let rows = run_in(&mut *transaction, &self.statement(sql, params)).await?;
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

    fn send_in<'a>(&'a self, transaction: &'a mut dyn Transaction, job: NewJob) -> Answer<'a, String> {
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
