//! Which guests ran under which name.

use flux_recorder::Digest;

use super::Records;
use crate::error::StoreError;

/// One guest under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestVersion {
    /// The name in flux.toml.
    pub name: String,
    /// The guest's bytes.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
    /// When it first had this name, in nanoseconds since the Unix epoch.
    pub first_seen_ns: u64,
}

impl Records {
    /// Notes that a guest has a name. The first time counts.
    pub async fn name_guest(&self, guest: GuestVersion) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO guests (name, digest, size, first_seen_ns) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(guest.name).bind(guest.digest.0.to_vec());
        let query = query.bind(guest.size.cast_signed()).bind(guest.first_seen_ns.cast_signed());
        query.execute(&self.pool).await.map(drop).map_err(self.failed("write to"))
    }

    /// The guests that had a name, or all, newest first.
    pub async fn guests(&self, name: Option<&str>) -> Result<Vec<GuestVersion>, StoreError> {
        let sql = "SELECT name, digest, size, first_seen_ns FROM guests WHERE ?1 IS NULL OR name = ?1 \
                   ORDER BY first_seen_ns DESC, name, digest";
        let query = sqlx::query(sql).bind(name.map(str::to_owned));
        let rows = query.fetch_all(&self.pool).await.map_err(self.failed("read"))?;
        let version = |row| {
            let digest: Vec<u8> = self.column(row, 1)?;
            let what = "the digest of a guest's name is none";
            let digest =
                digest.try_into().map_err(|_| StoreError::Damaged { id: uuid::Uuid::nil(), what })?;
            Ok(GuestVersion {
                name: self.column(row, 0)?,
                digest: Digest(digest),
                size: self.column::<i64>(row, 2)?.cast_unsigned(),
                first_seen_ns: self.column::<i64>(row, 3)?.cast_unsigned(),
            })
        };
        rows.iter().map(version).collect()
    }
}
