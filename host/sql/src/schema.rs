//! The host's own tables, and how old ones become new ones.
//!
//! Whoever opens a database brings its tables to the version of this build, whoever else tries the same. A newer
//! version stays as it is.

use std::time::Duration;

use crate::database::{Ask, Database, Transaction, execute, fetch};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::pool::{Lease, Prepare, Prepared};
use crate::statement::{Builder, Statement};

/// Held on PostgreSQL while tables are changed; any number that others are unlikely to use.
const MIGRATION_LOCK: i64 = 0x666c_7578_0001;
/// How long one step may take: of a large table it may copy every row.
const STEP: Duration = Duration::from_secs(600);

/// Brings tables of one version to another. Steps that were released never change.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The version that it is for; 0: there are no tables.
    pub from: i64,
    /// The version that it makes.
    pub to: i64,
    /// How: one or more statements.
    pub sql: &'static str,
}

/// Tables that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Counts what shows that the tables are there: 0, and their version is 0.
    pub exists: &'static str,
    /// Answers with their version, where they are there.
    pub version: &'static str,
    /// Remembers a version; none, where the tables themselves show it.
    pub remember: Option<fn(i64) -> String>,
    /// The way from each version to the next.
    pub steps: &'static [Step],
}

impl Schema {
    /// The version of this build.
    pub fn latest(&self) -> i64 {
        self.steps.iter().map(|step| step.to).max().unwrap_or_default()
    }

    /// The version of the tables that a database has.
    ///
    /// # Errors
    /// The database refused, or could not be asked.
    pub async fn found(&self, database: &Database) -> Result<i64, Error> {
        match database.lease().await? {
            Transaction::Sqlite(mut lease) => self.found_in(&mut lease).await,
            Transaction::Postgres(mut lease) => self.found_in(&mut lease).await,
        }
    }

    /// Brings the tables to the version of this build; the version that was found. Nothing was changed if that is
    /// newer.
    ///
    /// # Errors
    /// The database refused, or could not be asked. Then nothing was changed.
    pub async fn migrate(&self, database: &Database) -> Result<i64, Error> {
        match database.lease().await? {
            Transaction::Sqlite(mut lease) => self.bring(&mut lease).await,
            Transaction::Postgres(mut lease) => self.bring(&mut lease).await,
        }
    }

    async fn bring<C: Ask>(&self, lease: &mut Lease<C>) -> Result<i64, Error> {
        // Without a lock first: once the tables are there, a user without the right to make any will do.
        let found = self.found_in(lease).await?;
        if found >= self.latest() {
            return Ok(found);
        }
        let limit = lease.limit();
        lease.set_limit(STEP);
        begin(lease).await?;
        // Asked again under the lock: another process may have been faster.
        let found = self.found_in(lease).await?;
        if found < self.latest() {
            self.apply(lease, found).await?;
        }
        lease.commit().await?;
        lease.set_limit(limit);
        Ok(found)
    }

    async fn found_in<C: Ask>(&self, lease: &mut Lease<C>) -> Result<i64, Error> {
        let number = async |lease: &mut Lease<C>, sql| {
            let rows = fetch(lease, Statement::of(sql)).await?;
            Ok::<i64, Error>(rows.first().map_or(Ok(0), |row| row.get(0))?)
        };
        match number(lease, self.exists).await? {
            0 => Ok(0),
            _ => number(lease, self.version).await,
        }
    }

    async fn apply<C: Ask>(&self, lease: &mut Lease<C>, mut version: i64) -> Result<(), Error> {
        while let Some(step) = self.steps.iter().find(|step| step.from == version) {
            lease.command(step.sql).await?;
            version = step.to;
        }
        if let Some(remember) = self.remember {
            execute(lease, Builder::new(C::DIALECT, remember(version)).done()).await?;
        }
        Ok(())
    }
}

impl<C: Ask> Prepare<C> for Schema {
    fn prepare<'a>(&'a self, _connector: &'a C, lease: &'a mut Lease<C>) -> Prepared<'a> {
        Box::pin(async { Ok(self.bring(lease).await? == 0) })
    }
}

/// Begins a transaction that keeps all others from changing tables.
async fn begin<C: Ask>(lease: &mut Lease<C>) -> Result<(), Error> {
    lease.begin().await?;
    if C::DIALECT == Dialect::Postgres {
        // A node that only reads may be the first of a newer release.
        lease.command("SET TRANSACTION READ WRITE").await?;
        let lock = Statement::of("SELECT pg_advisory_xact_lock($1)").with(MIGRATION_LOCK);
        fetch(lease, lock).await?;
    }
    Ok(())
}
