//! What a table of flux.toml leads to, for whoever looks at an app without opening it: `flux doctor`.

use super::Address;

/// A table of flux.toml that leads somewhere.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The table, such as `[db.main]`.
    pub table: String,
    /// Where it leads.
    pub place: BackendPlace,
    /// SQLite only: whether each commit is on the disk when it returns.
    pub synced: bool,
}

/// Where a table leads.
#[derive(Debug, Clone)]
pub enum BackendPlace {
    /// An SQLite file, in the folder of the databases.
    Sqlite(String),
    /// A PostgreSQL database.
    Postgres(Address),
    /// A Redis.
    Redis(Address),
    /// A NATS server, or a cluster.
    Nats(Address),
    /// The memory of the process.
    Memory,
    /// A host that guests may ask, `name` or `name:port`. Nothing is kept there.
    Host(String),
}

impl Backend {
    /// Of a table, with what it is about to lead to. A commit to SQLite is not synced.
    pub fn new(table: String, place: BackendPlace) -> Self {
        Self { table, place, synced: false }
    }
}
