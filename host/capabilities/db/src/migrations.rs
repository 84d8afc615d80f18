//! The migrations of a folder: run at the start, and again where the database is made anew while Flux runs.

use std::sync::{Arc, OnceLock};

use flux_sql::{Lease, Prepare, Prepared};
use sqlx::migrate::{MigrateError, Migrator};

use crate::dialect::Dialect;

/// A database whose migrations are run on a connection of their own, without the limits of a guest's statement.
pub trait Migrating: Dialect {
    /// Runs those that have not run yet.
    fn run(&self, migrator: &Migrator) -> impl Future<Output = Result<(), MigrateError>> + Send;

    /// How many have run.
    fn applied(&self) -> impl Future<Output = Result<usize, sqlx::Error>> + Send;

    /// The byte of a migration's text at which it failed.
    fn place(&self, sql: &str, error: &sqlx::Error) -> impl Future<Output = Option<usize>> + Send;
}

/// What the pool of a database asks for before its first use, once the migrations are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Migrations(Arc<OnceLock<Migrator>>);

impl Migrations {
    /// Those that were run. A database that is migrated twice keeps the first: those of the second are the same files.
    pub(crate) fn keep(&self, migrator: Migrator) {
        self.0.set(migrator).ok();
    }
}

impl<D: Migrating> Prepare<D> for Migrations {
    fn prepare<'a>(&'a self, connector: &'a D, _lease: &'a mut Lease<D>) -> Prepared<'a> {
        Box::pin(async {
            let Some(migrator) = self.0.get() else { return Ok(false) };
            let applied = connector.applied().await?;
            // More: another node has newer ones, and all that this one needs is there.
            if applied >= migrator.iter().count() {
                return Ok(false);
            }
            let failed = |source| flux_sql::Error::Unprepared(Box::new(source));
            connector.run(migrator).await.map_err(failed)?;
            Ok(applied == 0)
        })
    }
}
