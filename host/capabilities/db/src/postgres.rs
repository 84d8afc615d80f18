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
mod server;
mod text;
mod values;

use std::path::Path;

use sqlx::migrate::Migrator;
use tokio::time::timeout;

use crate::dialect::Dialect;
use crate::{DbOptions, OpenError, Pooled};
use server::Server;

/// A database on a Postgres server: `postgres = "postgres://..."` in flux.toml.
pub type Postgres = Pooled<Server>;

impl Postgres {
    /// Connects to the database behind an address: `postgres://user:password@host:5432/database`.
    pub async fn open(url: &str, options: DbOptions) -> Result<Self, OpenError> {
        let server = Server::new(url, options).map_err(|source| OpenError::Address { source })?;
        let database = || server.identity();
        let first = timeout(options.statement_timeout, server.connect()).await;
        let first = first.map_err(|_| OpenError::Silent { database: database() })?;
        let first = first.map_err(|source| OpenError::Server { database: database(), source })?;
        let identity = server.identity();
        Ok(Self::new(server, first, &identity, options))
    }

    /// Runs the migrations of a folder that have not run yet: `1_name.sql`, `2_name.sql`. Several nodes
    /// that begin at once wait for each other; a migration may take its time.
    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        let database = self.dialect().identity();
        let failed = |source| OpenError::Migrate { database, folder: folder.to_owned(), source };
        let done = async {
            let migrator = Migrator::new(folder).await?;
            let mut connection = self.dialect().connect_for_migrations().await?;
            migrator.run_direct(None, &mut connection, false).await
        };
        done.await.map_err(failed)
    }
}
