//! The tables' versions, and how old ones become new ones.
//!
//! The steps lie in `migrations/`, and have the same numbers for both databases. Steps that were released never
//! change.

use flux_sql::{Schema, Step};

use super::Target;
use crate::error::StoreError;

/// The schema's version that this build writes.
pub const SCHEMA: i64 = 4;

/// Takes the text of a step from its file.
macro_rules! step {
    ($from:literal, $file:literal) => {
        Step { from: $from, to: $from + 1, sql: include_str!(concat!("../../migrations/", $file)) }
    };
}

/// For SQLite, whose files have a version of their own: it is readable without knowing any table.
const SQLITE: Schema = Schema {
    exists: "SELECT 1",
    version: "PRAGMA user_version",
    remember: Some(|version| format!("PRAGMA user_version = {version}")),
    steps: &[
        step!(0, "sqlite/0001_executions.sql"),
        step!(1, "sqlite/0002_nodes.sql"),
        step!(2, "sqlite/0003_arrivals.sql"),
        step!(3, "sqlite/0004_statuses.sql"),
    ],
};

/// For PostgreSQL, which came with version 2.
const POSTGRES: Schema = Schema {
    // Not by to_regclass: it may answer from a cache what was true before the lock was taken.
    exists: "SELECT count(*) FROM pg_tables WHERE schemaname = 'flux' AND tablename = 'records_version'",
    version: "SELECT version FROM flux.records_version",
    remember: Some(|version| format!("UPDATE flux.records_version SET version = {version}")),
    steps: &[
        step!(0, "postgres/0001_schema.sql"),
        step!(1, "postgres/0002_executions.sql"),
        step!(2, "postgres/0003_arrivals.sql"),
        step!(3, "postgres/0004_statuses.sql"),
    ],
};

/// The tables of a store.
pub(super) fn of(target: &Target) -> &'static Schema {
    match target {
        Target::Sqlite(_) => &SQLITE,
        Target::Postgres(_) => &POSTGRES,
    }
}

/// Refuses a store of a newer version.
pub(super) fn readable(target: &Target, found: i64) -> Result<(), StoreError> {
    if found > SCHEMA {
        return Err(StoreError::NewerSchema { store: target.to_string(), found, supported: SCHEMA });
    }
    Ok(())
}
