//! Which runs of schedules were enqueued.

use flux_host::bindings::flux::host::db::Value;
use flux_host::bindings::flux::host::queue::Error;

use super::{Cells, Sql, integer, run_in, text, unavailable, unreadable};
use crate::{AHEAD_MS, NewJob, QueueFuture, Schedules};

impl Sql {
    async fn now(&self, now_ms: u64) -> Result<u64, Error> {
        // The process's own clock needs no question.
        if self.dialect.now.is_none() {
            return Ok(now_ms);
        }
        let rows = self.run(self.timed("SELECT {now}", [], now_ms)).await?;
        Cells::first(rows).ok_or_else(unreadable)?.number()
    }

    async fn seen(&self, name: &str, now_ms: u64) -> Result<u64, Error> {
        // An update that changes nothing, because only a row that was written is returned.
        let sql = "INSERT INTO {schedules} AS seen (name, first_ms) VALUES ($1, {now}) \
                   ON CONFLICT (name) DO UPDATE SET name = seen.name RETURNING first_ms";
        let rows = self.run(self.timed(sql, [text(name)], now_ms)).await?;
        Cells::first(rows).ok_or_else(unreadable)?.number()
    }

    async fn latest(&self, name: &str) -> Result<Option<u64>, Error> {
        let sql = "SELECT last_ms FROM {schedules} WHERE name = $1";
        let rows = self.run(self.statement(sql, [text(name)])).await?;
        Cells::first(rows).map_or(Ok(None), |mut row| row.integer())
    }

    async fn enqueue(&self, name: &str, at_ms: u64, job: NewJob) -> Result<bool, Error> {
        let mut transaction = self.begin().await?;
        // Whoever is second waits here for the first's commit, and then finds the run recorded. A run that is
        // recorded for the future was so by a clock that was ahead, and stands in nobody's way.
        let sql = format!(
            "INSERT INTO {{schedules}} AS seen (name, first_ms, last_ms) VALUES ($1, $2, $2) \
             ON CONFLICT (name) DO UPDATE SET last_ms = excluded.last_ms WHERE seen.last_ms IS NULL \
             OR seen.last_ms < excluded.last_ms OR seen.last_ms > {{now}} + {AHEAD_MS} RETURNING name"
        );
        let record = self.timed(&sql, [text(name), integer(at_ms)], job.sent_ms);
        if run_in(&mut *transaction, &record).await?.rows.is_empty() {
            transaction.rollback().await.map_err(unavailable)?;
            return Ok(false);
        }
        for statement in self.insertion(job) {
            run_in(&mut *transaction, &statement).await?;
        }
        transaction.commit().await.map_err(unavailable)?;
        Ok(true)
    }

    async fn bury(&self, jobs: Vec<NewJob>, reason: &str) -> Result<(), Error> {
        let sql = "INSERT INTO {jobs} AS job (id, queue, payload, state, sent_ms, due_ms, ended_ms, attempt, \
                   max_attempts, reason, idempotency_key) VALUES ($1, $2, $3, 'dead', {now}, $4, {now}, 0, $5, $6, $7) \
                   ON CONFLICT (queue, idempotency_key) DO UPDATE SET id = job.id RETURNING id";
        let mut transaction = self.begin().await?;
        for job in jobs {
            let key = job.idempotency_key.unwrap_or_default().into_bytes();
            let params = [
                Value::Text(job.id),
                Value::Text(job.queue),
                Value::Bytes(job.payload),
                integer(job.due_ms),
                integer(job.max_attempts.into()),
                text(reason),
                Value::Bytes(key),
            ];
            run_in(&mut *transaction, &self.timed(sql, params, job.sent_ms)).await?;
        }
        transaction.commit().await.map_err(unavailable)
    }
}

impl Schedules for Sql {
    fn clock(&self, now_ms: u64) -> QueueFuture<'_, u64> {
        Box::pin(self.now(now_ms))
    }

    fn first<'a>(&'a self, name: &'a str, now_ms: u64) -> QueueFuture<'a, u64> {
        Box::pin(self.seen(name, now_ms))
    }

    fn last<'a>(&'a self, name: &'a str) -> QueueFuture<'a, Option<u64>> {
        Box::pin(self.latest(name))
    }

    fn tick<'a>(&'a self, name: &'a str, at_ms: u64, job: NewJob) -> QueueFuture<'a, bool> {
        Box::pin(self.enqueue(name, at_ms, job))
    }

    fn miss<'a>(&'a self, jobs: Vec<NewJob>, reason: &'a str) -> QueueFuture<'a, ()> {
        Box::pin(self.bury(jobs, reason))
    }
}
