//! Databases on a Postgres server, 14 or newer.
//!
//! - A parameter is sent as the type that the server finds for it; text is read by the server as any type
//!   (`parameters.rs`). What comes back is a number, a boolean, bytes, or Postgres's own text of the value
//!   (`values.rs`, `foreign.rs`). docs/db.md has the tables.
//! - A statement that ran out of time is cancelled by the server. If the server does not answer, or the
//!   guest went away, the connection is closed: the server looks for that each second.
//! - A connection forgets what its last user did to it (settings, locks, temporary tables, sequences)
//!   before it is given to the next: always, since a function or a trigger could have done anything.
//! - Transactions are as the database's or the address's `default_transaction_isolation` has them, read
//!   committed unless somebody said otherwise.

mod failure;
mod foreign;
mod kind;
mod parameters;
mod statements;
mod text;
mod values;

use flux_sql::{Address, Connector, Server};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use crate::migrations::Migrating;
use crate::{DbOptions, OpenError, Pooled};

/// How often the server looks whether the one who asked is still there.
const LOOK: &str = "1s";

/// A database on a Postgres server: `postgres = "postgres://..."` in flux.toml.
pub type Postgres = Pooled<Server>;

impl Postgres {
    /// Connects to the database behind an address: `postgres://user:password@host:5432/database`.
    pub async fn open(url: &str, options: DbOptions) -> Result<Self, OpenError> {
        let address = Address::parse(url).map_err(|source| OpenError::Address { source })?;
        let timeout = options.statement_timeout.as_millis().clamp(1, i32::MAX as u128);
        let server = Server::new(&address).with_settings([
            ("statement_timeout", timeout.to_string()),
            ("client_connection_check_interval", LOOK.to_owned()),
            // The checks of a statement read strings as the standard has them.
            ("standard_conforming_strings", "on".to_owned()),
        ]);
        let database = address.identity();
        Pooled::reach(server, options).await.map_err(|source| match source {
            flux_sql::Error::Silent => OpenError::Silent { database },
            source => OpenError::Server { database, source },
        })
    }
}

impl Migrating for Server {
    async fn run(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut connection = Self::new(self.address()).connect().await?;
        migrator.run_direct(None, &mut connection, false).await
    }

    async fn applied(&self) -> Result<usize, sqlx::Error> {
        let mut connection = Self::new(self.address()).connect().await?;
        let is_there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
        if !sqlx::query_scalar::<_, bool>(is_there).fetch_one(&mut connection).await? {
            return Ok(0);
        }
        let applied = "SELECT count(*) FROM _sqlx_migrations";
        let applied: i64 = sqlx::query_scalar(applied).fetch_one(&mut connection).await?;
        Ok(usize::try_from(applied).unwrap_or_default())
    }

    async fn place(&self, sql: &str, error: &sqlx::Error) -> Option<usize> {
        let error = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
        match error.position()? {
            // Counted in characters, from 1.
            PgErrorPosition::Original(at) => sql.char_indices().nth(at.checked_sub(1)?).map(|(at, _)| at),
            PgErrorPosition::Internal { .. } => None,
        }
    }
}
