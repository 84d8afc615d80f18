//! Retention: what is old enough goes.
//!
//! An execution is as old as its id says, so that everything here is a range of the ids' index.

use std::collections::BTreeSet;
use std::time::Duration;

use flux_recorder::Digest;
use flux_sql::{Database, Dialect};
use uuid::Uuid;

use super::guests::lock_out_shippers;
use super::select::id_at;
use super::{Records, dialect};
use crate::error::StoreError;

/// Executions that are deleted at once: others wait no longer than these take.
const SLICE: u32 = 200;

/// How long executions are kept. What is none has no bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Older ones go.
    pub max_age: Option<Duration>,
    /// All but so many of the newest go.
    pub max_count: Option<u64>,
    /// A failure that would go stays until it is as old as this.
    pub keep_failed: Option<Duration>,
}

/// What was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Executions.
    pub executions: u64,
    /// The bytes that their journals took.
    pub bytes: u64,
    /// Guests that no execution named, and that were not the newest of any name. Their files are
    /// still there.
    pub guests: Vec<Digest>,
}

impl Records {
    /// Deletes what retention does not keep, a few at a time. `now_ns` is in nanoseconds since the
    /// Unix epoch. Ended early, it has deleted the oldest.
    pub async fn prune(&self, retention: &Retention, now_ns: u64) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        if let Some((success, failure)) = self.first_kept(retention, now_ns).await? {
            self.delete_before(success, false, &mut pruned).await?;
            self.delete_before(failure, true, &mut pruned).await?;
        }
        pruned.guests = self.prune_guests().await?;
        Ok(pruned)
    }

    /// What [`prune`](Self::prune) would delete, guests aside.
    pub async fn prunable(&self, retention: &Retention, now_ns: u64) -> Result<Pruned, StoreError> {
        let Some((success, failure)) = self.first_kept(retention, now_ns).await? else {
            return Ok(Pruned::default());
        };
        let database = self.database();
        let failed = dialect::failed(database.dialect());
        let select =
            "SELECT count(*), CAST(coalesce(sum(length(journal)), 0) AS bigint) FROM executions WHERE id < ";
        let select = database.sql(select).bind(success).push(" AND NOT ").push(failed);
        let select = select.push(" OR id < ").bind(failure).push(" AND ").push(failed).done();
        let rows = database.fetch(select).await.map_err(self.failed("read"))?;
        let Some(row) = rows.first() else { return Ok(Pruned::default()) };
        let (executions, bytes): (i64, i64) = (self.column(row, 0)?, self.column(row, 1)?);
        let (executions, bytes) = (executions.cast_unsigned(), bytes.cast_unsigned());
        Ok(Pruned { executions, bytes, guests: Vec::new() })
    }

    /// The ids of the oldest success and of the oldest failure that stay; none: all stay.
    async fn first_kept(
        &self,
        retention: &Retention,
        now_ns: u64,
    ) -> Result<Option<(Uuid, Uuid)>, StoreError> {
        let before =
            |age: Duration| id_at(now_ns.saturating_sub(u64::try_from(age.as_nanos()).unwrap_or(u64::MAX)));
        let old = retention.max_age.map(before);
        let many = match retention.max_count {
            Some(count) => self.oldest_of_newest(count).await?,
            None => None,
        };
        let failure = |first: Uuid| retention.keep_failed.map_or(first, |age| before(age).min(first));
        Ok(old.max(many).map(|first| (first, failure(first))))
    }

    /// Whether an execution or a name stands for this guest.
    pub async fn needs_guest(&self, digest: Digest) -> Result<bool, StoreError> {
        let database = self.database();
        let select = database
            .sql("SELECT 1 WHERE EXISTS (SELECT 1 FROM guests WHERE digest = ")
            .bind(digest.0.to_vec());
        let select = select
            .push(") OR EXISTS (SELECT 1 FROM executions WHERE guest = ")
            .bind(digest.0.to_vec())
            .push(")");
        let rows = database.fetch(select.done()).await.map_err(self.failed("read"))?;
        Ok(!rows.is_empty())
    }

    /// The id of the oldest of the newest `count`; none if there are no more than that.
    async fn oldest_of_newest(&self, count: u64) -> Result<Option<Uuid>, StoreError> {
        let Some(newer) = count.checked_sub(1) else { return Ok(Some(Uuid::max())) };
        let database = self.database();
        let select = database.sql("SELECT id FROM executions ORDER BY id DESC LIMIT 1 OFFSET ").bind(newer);
        let rows = database.fetch(select.done()).await.map_err(self.failed("read"))?;
        rows.first().map(|row| self.column(row, 0)).transpose()
    }

    async fn delete_before(
        &self,
        first_kept: Uuid,
        failed: bool,
        pruned: &mut Pruned,
    ) -> Result<(), StoreError> {
        let database = self.database();
        let mut after = Uuid::nil();
        loop {
            let ids = self.some_before(database, after, first_kept, failed).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = *last;
            let delete = database.sql("DELETE FROM executions WHERE id IN ").bind_list(ids);
            let delete = delete.push(" RETURNING length(journal)").done();
            for row in database.fetch(delete).await.map_err(self.failed("prune"))? {
                pruned.executions += 1;
                pruned.bytes += u64::from(self.column::<i32>(&row, 0)?.cast_unsigned());
            }
            // Whoever shares this thread ships meanwhile.
            tokio::task::yield_now().await;
        }
    }

    /// Looked up apart from the deletion: to look, no lock is needed.
    async fn some_before(
        &self,
        database: &Database,
        after: Uuid,
        first_kept: Uuid,
        failed: bool,
    ) -> Result<Vec<Uuid>, StoreError> {
        let select = database.sql("SELECT id FROM executions WHERE id > ").bind(after);
        let select = select.push(" AND id < ").bind(first_kept).push(" AND ");
        let select = select.push(if failed { "" } else { "NOT " }).push(dialect::failed(database.dialect()));
        let select = select.push(" ORDER BY id LIMIT ").bind(SLICE).done();
        let rows = database.fetch(select).await.map_err(self.failed("read"))?;
        rows.iter().map(|row| self.column(row, 0)).collect()
    }

    async fn prune_guests(&self) -> Result<Vec<Digest>, StoreError> {
        let database = self.database();
        let unnamed = "NOT EXISTS (SELECT 1 FROM executions WHERE executions.guest = ";
        let names = database.sql(format!(
            "DELETE FROM guests WHERE {unnamed} guests.digest) AND EXISTS (SELECT 1 FROM guests AS newer \
             WHERE newer.name = guests.name AND newer.first_seen_ns > guests.first_seen_ns)"
        ));
        let before = self.named_guests().await?;
        database.execute(names.done()).await.map_err(self.failed("prune"))?;
        let after = self.named_guests().await?;
        self.prune_bytes(database, unnamed).await?;
        Ok(before.difference(&after).copied().collect())
    }

    async fn prune_bytes(&self, database: &Database, unnamed: &str) -> Result<(), StoreError> {
        if database.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let bytes = database.sql(format!(
            "DELETE FROM guest_bytes WHERE {unnamed} guest_bytes.digest) \
             AND NOT EXISTS (SELECT 1 FROM guests WHERE guests.digest = guest_bytes.digest)"
        ));
        let statements = [lock_out_shippers(), bytes.done()];
        database.run_all(statements.into_iter(), 0).await.map_err(self.failed("prune"))
    }

    async fn named_guests(&self) -> Result<BTreeSet<Digest>, StoreError> {
        Ok(self.guests(None).await?.into_iter().map(|guest| guest.digest).collect())
    }
}
