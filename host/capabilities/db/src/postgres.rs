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

use std::path::Path;

use flux_sql::{Address, Connector, Server};
use sqlx::migrate::Migrator;

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
        Pooled::reach(server, options, |_| address.identity()).await.map_err(|source| match source {
            flux_sql::Error::Silent => OpenError::Silent { database },
            source => OpenError::Server { database, source },
        })
    }

    /// Runs the migrations of a folder that have not run yet: `1_name.sql`, `2_name.sql`. Several nodes
    /// that begin at once wait for each other; a migration may take its time.
    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        let address = self.dialect().address();
        let failed =
            |source| OpenError::Migrate { database: address.identity(), folder: folder.to_owned(), source };
        let done = async {
            let migrator = Migrator::new(folder).await?;
            // Without the limits of a statement.
            let mut connection = Server::new(address).connect().await?;
            migrator.run_direct(None, &mut connection, false).await
        };
        done.await.map_err(failed)
    }
}
