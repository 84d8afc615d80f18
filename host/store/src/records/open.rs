//! How a record store is reached, and made.

use std::path::Path;
use std::time::Duration;

use flux_sql::{
    Address, Connector, Database, File, FileOptions, Lease, PoolOptions, Prepare, Prepared, Server,
};

use super::options::{Access, RecordsOptions, Timeouts};
use super::schema;
use super::target::Target;
use crate::error::{StoreError, database};

/// What has no limit of its own ends after so long. A selection may have to read a large file as a whole.
const LONGEST: Duration = Duration::from_secs(600);
/// In bytes. A row with its journal is about a kilobyte: in large pages less is left over, and an insert costs a
/// quarter less.
const PAGE: u32 = 16 << 10;

/// Connections, of which none is open yet, to a store that is made before it is used. What was refused is told as
/// [`flux_sql::Error::Unprepared`].
pub(super) fn prepared(target: &Target, options: &RecordsOptions) -> Database {
    let store = Store { target: target.clone(), options: options.clone() };
    match target {
        Target::Sqlite(path) => Database::prepared_sqlite(file_of(path, options), file_pool(options), store),
        Target::Postgres(address) => {
            Database::prepared_postgres(server(address, options), server_pool(options), store)
        }
    }
}

/// The same to a store as it is.
fn connections(target: &Target, options: &RecordsOptions) -> Database {
    match target {
        Target::Sqlite(path) => Database::sqlite(file_of(path, options), file_pool(options)),
        Target::Postgres(address) => Database::postgres(server(address, options), server_pool(options)),
    }
}

fn file_of(path: &Path, options: &RecordsOptions) -> File {
    File::new(path, &sqlite(options))
}

fn file_pool(options: &RecordsOptions) -> PoolOptions {
    PoolOptions { connect: LONGEST, statement: LONGEST, ..pool(options) }
}

fn server(address: &Address, options: &RecordsOptions) -> Server {
    Server::new(address).with_setup(setup(options))
}

fn server_pool(options: &RecordsOptions) -> PoolOptions {
    let Timeouts { connect, statement, .. } = options.timeouts;
    PoolOptions { connect, statement, ..pool(options) }
}

fn pool(options: &RecordsOptions) -> PoolOptions {
    PoolOptions { max_connections: options.connections as usize, ..PoolOptions::default() }
}

fn sqlite(options: &RecordsOptions) -> FileOptions {
    FileOptions {
        read_only: options.access == Access::Read,
        synced: options.synced,
        busy: options.timeouts.busy,
        page_size: Some(PAGE),
        thread: Some("flux-records"),
    }
}

/// The first statements of each connection to a server.
fn setup(options: &RecordsOptions) -> String {
    // The server ends what a node has long given up.
    let timeout = LONGEST.as_millis();
    let read_only = options.access == Access::Read;
    format!(
        "SET search_path = flux; SET statement_timeout = {timeout}; \
         SET idle_in_transaction_session_timeout = {timeout}; \
         SET default_transaction_read_only = {read_only}"
    )
}

/// A store and how it is opened.
struct Store {
    target: Target,
    options: RecordsOptions,
}

impl<C: Connector> Prepare<C> for Store {
    fn prepare<'a>(&'a self, _connector: &'a C, _lease: &'a mut Lease<C>) -> Prepared<'a> {
        Box::pin(async {
            let found = self.prepare().await;
            Ok(found.map_err(|error| flux_sql::Error::Unprepared(Box::new(error)))? == 0)
        })
    }
}

impl Store {
    /// Makes the store if it may, and brings it to the version of this build; the version that was found. A newer one
    /// stays as it is.
    async fn prepare(&self) -> Result<i64, StoreError> {
        let target = &self.target;
        let schema = schema::of(target);
        let found = {
            let reading = connections(target, &self.with(Access::Read));
            let found = schema.found(&reading).await;
            reading.close().await;
            found.map_err(database("open", target))?
        };
        schema::readable(target, found)?;
        if found == schema::SCHEMA {
            return Ok(found);
        }
        // Also for whoever only reads: the store may be that of an older release.
        let writing = connections(target, &self.with(Access::Write));
        let found = schema.migrate(&writing).await;
        writing.close().await;
        let found = found.map_err(database("migrate", target))?;
        schema::readable(target, found)?;
        Ok(found)
    }

    fn with(&self, access: Access) -> RecordsOptions {
        RecordsOptions { access, ..self.options.clone() }
    }
}
