//! The tables' versions, and how old ones become new ones.
//!
//! The steps lie in `migrations/`, and have the same numbers for both databases.

use super::Target;
use crate::error::StoreError;

/// The schema's version that this build writes.
pub const SCHEMA: i64 = 3;

/// Step n brings a store of version n to n + 1. Steps that were released never change.
type Steps = [&'static str; SCHEMA as usize];

/// For SQLite.
pub(super) const SQLITE: Steps = [
    include_str!("../../migrations/sqlite/0001_executions.sql"),
    include_str!("../../migrations/sqlite/0002_nodes.sql"),
    include_str!("../../migrations/sqlite/0003_arrivals.sql"),
];

/// For PostgreSQL, which came with version 2.
pub(super) const POSTGRES: Steps = [
    include_str!("../../migrations/postgres/0001_schema.sql"),
    include_str!("../../migrations/postgres/0002_executions.sql"),
    include_str!("../../migrations/postgres/0003_arrivals.sql"),
];

/// The steps that a store of a version lacks.
pub(super) fn missing(steps: &Steps, version: i64) -> &[&'static str] {
    steps.get(usize::try_from(version).unwrap_or(0)..).unwrap_or_default()
}

/// Refuses a store of a newer version.
pub(super) fn readable(target: &Target, found: i64) -> Result<(), StoreError> {
    if found > SCHEMA {
        return Err(StoreError::NewerSchema { store: target.to_string(), found, supported: SCHEMA });
    }
    Ok(())
}
