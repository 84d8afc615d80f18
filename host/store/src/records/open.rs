//! How a record store is reached, and made.

use std::time::Duration;

use flux_sql::{Database, File, FileOptions, PoolOptions, Server};

use super::options::{Access, RecordsOptions};
use super::schema;
use super::target::Target;
use crate::error::{StoreError, database, file};
use crate::private;

/// What has no limit of its own ends after so long. A selection may have to read a large file as a whole.
const LONGEST: Duration = Duration::from_secs(600);
/// In bytes. A row with its journal is about a kilobyte: in large pages less is left over, and an insert costs a
/// quarter less.
const PAGE: u32 = 16 << 10;

/// Connections, of which none is open yet.
pub(super) fn connections(target: &Target, options: &RecordsOptions) -> Database {
    let RecordsOptions { timeouts, connections, .. } = options;
    let pool = PoolOptions { max_connections: *connections as usize, ..PoolOptions::default() };
    match target {
        Target::Sqlite(path) => Database::sqlite(
            File::new(path, &sqlite(options)),
            PoolOptions { connect: LONGEST, statement: LONGEST, ..pool },
        ),
        Target::Postgres(address) => Database::postgres(
            Server::new(address).with_setup(setup(options)),
            PoolOptions { connect: timeouts.connect, statement: timeouts.statement, ..pool },
        ),
    }
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

/// Makes the store if it may, and brings it to the version of this build. A newer one stays as it is.
pub(super) async fn prepare(target: &Target, options: &RecordsOptions) -> Result<(), StoreError> {
    if let (Target::Sqlite(path), Access::Write) = (target, options.access) {
        // Made here and not by SQLite, for the mode; SQLite gives its companion files the same.
        private::create_if_missing(path).map_err(file("open", path))?;
    }
    let schema = schema::of(target);
    let reading = connections(target, &RecordsOptions { access: Access::Read, ..options.clone() });
    let found = schema.found(&reading).await.map_err(database("open", target));
    reading.close().await;
    let found = found?;
    schema::readable(target, found)?;
    if found == schema::SCHEMA {
        return Ok(());
    }
    // Also for whoever only reads: the store may be that of an older release.
    let writing = connections(target, &RecordsOptions { access: Access::Write, ..options.clone() });
    let found = schema.migrate(&writing).await.map_err(database("migrate", target));
    writing.close().await;
    schema::readable(target, found?)
}
