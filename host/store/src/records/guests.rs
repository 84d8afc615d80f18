//! Which guests ran under which name and, where several nodes share a store, their bytes.

use std::collections::BTreeSet;

use flux_recorder::Digest;
use flux_sql::{Builder, Database, Dialect, Row, Statement};
use uuid::Uuid;

use super::Records;
use crate::error::{StoreError, database as database_error};
use crate::guests::Guests;
use crate::summary::GuestVersion;

/// Held by who ships, together, and by who deletes guests, alone. Without it a guest's row could go
/// after a shipment has found it and before the executions that refer to it are there.
const GUESTS_LOCK: i64 = 0x666c_7578_0002;

/// For guests' bytes: they are packed once, and read by every node.
const LEVEL: i32 = 6;

/// Keeps guests from being deleted until the transaction ends, and makes the rows that executions
/// refer to, for the guests' bytes to come.
pub(super) fn places(dialect: Dialect, guests: impl Iterator<Item = Digest>) -> Vec<Statement> {
    let guests: BTreeSet<_> = guests.collect();
    if dialect == Dialect::Sqlite || guests.is_empty() {
        return Vec::new();
    }
    let mut insert = Builder::new(dialect, "INSERT INTO guest_bytes (digest) VALUES ");
    for (index, guest) in guests.into_iter().enumerate() {
        insert = insert.push(if index == 0 { "(" } else { ", (" }).bind(guest.0.to_vec()).push(")");
    }
    vec![lock("pg_advisory_xact_lock_shared"), insert.push(" ON CONFLICT DO NOTHING").done()]
}

/// Keeps all others from shipping until the transaction ends.
pub(super) fn lock_out_shippers() -> Statement {
    lock("pg_advisory_xact_lock")
}

/// A statement of its own, because what follows must see what was committed meanwhile.
fn lock(function: &str) -> Statement {
    Builder::new(Dialect::Postgres, format!("SELECT {function}({GUESTS_LOCK})")).done()
}

impl Records {
    /// Notes that a guest has a name. The first time counts.
    pub async fn name_guest(&self, guest: GuestVersion) -> Result<(), StoreError> {
        let database = self.database();
        let insert = database.sql("INSERT INTO guests (name, digest, size, first_seen_ns) VALUES (");
        let insert =
            insert.bind(guest.name).push(", ").bind(guest.digest.0.to_vec()).push(", ").bind(guest.size);
        let insert = insert.push(", ").bind(guest.first_seen_ns).push(") ON CONFLICT DO NOTHING");
        database.execute(insert.done()).await.map(drop).map_err(self.failed("write to"))
    }

    /// The guests that had a name, or all, newest first.
    pub async fn guests(&self, name: Option<&str>) -> Result<Vec<GuestVersion>, StoreError> {
        let database = self.database();
        let mut select = database.sql("SELECT name, digest, size, first_seen_ns FROM guests");
        if let Some(name) = name {
            select = select.push(" WHERE name = ").bind(name.to_owned());
        }
        let select = select.push(" ORDER BY first_seen_ns DESC, name, digest").done();
        let rows = database.fetch(select).await.map_err(self.failed("read"))?;
        let version = |row: &Row| {
            Ok(GuestVersion {
                name: self.column(row, 0)?,
                digest: self.digest(row, 1)?,
                size: self.column::<i64>(row, 2)?.cast_unsigned(),
                first_seen_ns: self.column::<i64>(row, 3)?.cast_unsigned(),
            })
        };
        rows.iter().map(version).collect()
    }

    /// Those of these guests whose bytes the store should have, and has not. In SQLite it has none:
    /// they are in the data folder.
    pub async fn missing_guests(&self, guests: &BTreeSet<Digest>) -> Result<BTreeSet<Digest>, StoreError> {
        let database = self.database();
        if !keeps_bytes(database) || guests.is_empty() {
            return Ok(BTreeSet::new());
        }
        let select = database.sql("SELECT digest FROM guest_bytes WHERE bytes IS NOT NULL AND digest IN ");
        let select = select.bind_list(guests.iter().map(|digest| digest.0.to_vec())).done();
        let rows = database.fetch(select).await.map_err(self.failed("read"))?;
        let mut missing = guests.clone();
        for row in &rows {
            missing.remove(&self.digest(row, 0)?);
        }
        Ok(missing)
    }

    /// Keeps a guest's bytes, for all nodes. Keeping them again is nothing.
    pub async fn put_guest(&self, digest: Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let database = self.database();
        if !keeps_bytes(database) {
            return Ok(());
        }
        let packed = zstd::bulk::compress(bytes, LEVEL).map_err(sqlx::Error::Io);
        let packed = packed.map_err(database_error("pack a guest for", self.target()))?;
        let weight = packed.len();
        let insert =
            database.sql("INSERT INTO guest_bytes (digest, size, bytes) VALUES (").bind(digest.0.to_vec());
        let insert = insert.push(", ").bind(bytes.len() as u64).push(", ").bind(packed).push(
            ") ON CONFLICT (digest) DO UPDATE SET size = excluded.size, bytes = excluded.bytes \
             WHERE guest_bytes.bytes IS NULL",
        );
        database.run_all(std::iter::once(insert.done()), weight).await.map_err(self.failed("write to"))
    }

    /// A guest's bytes, checked; none if the store has not got them. In SQLite it never has.
    pub async fn guest(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let database = self.database();
        if !keeps_bytes(database) {
            return Ok(None);
        }
        let select =
            database.sql("SELECT size, bytes FROM guest_bytes WHERE bytes IS NOT NULL AND digest = ");
        let rows =
            database.fetch(select.bind(digest.0.to_vec()).done()).await.map_err(self.failed("read"))?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (size, packed): (i64, Vec<u8>) = (self.column(row, 0)?, self.column(row, 1)?);
        let bytes = zstd::bulk::decompress(&packed, usize::try_from(size).unwrap_or(0)).unwrap_or_default();
        match Guests::digest(&bytes) {
            found if found == digest => Ok(Some(bytes)),
            found => Err(StoreError::GuestDamaged { place: format!("{digest} in {}", self.target()), found }),
        }
    }

    pub(super) fn digest(&self, row: &Row, index: usize) -> Result<Digest, StoreError> {
        let what = "the digest of a guest is none";
        let digest = self.column::<Vec<u8>>(row, index)?.try_into();
        digest.map(Digest).map_err(|_| StoreError::Damaged { id: Uuid::nil(), what })
    }
}

fn keeps_bytes(database: &Database) -> bool {
    database.dialect() == Dialect::Postgres
}
