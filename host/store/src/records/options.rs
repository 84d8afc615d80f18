//! How a record store is opened.

use std::time::Duration;

/// How long is waited for a record store.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// SQLite: a statement, for another process that writes.
    pub busy: Duration,
    /// PostgreSQL: until a connection stands.
    pub connect: Duration,
    /// PostgreSQL: a statement or a batch, and a second more for each megabyte in it.
    pub statement: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { busy: seconds(5), connect: seconds(5), statement: seconds(15) }
    }
}

/// What a record store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To ship into it: it is made if it is missing.
    Write,
    /// To read beside those who ship.
    Read,
}

/// How the database is opened.
#[derive(Debug, Clone)]
pub struct RecordsOptions {
    /// What for.
    pub access: Access,
    /// How long it is waited for.
    pub timeouts: Timeouts,
    /// SQLite: whether a commit is on the disk when it returns. Otherwise a power cut may take the
    /// last ones; the database stays whole. PostgreSQL has settings of its own for that.
    pub synced: bool,
    /// How many connections there may be.
    pub connections: u32,
}

impl Default for RecordsOptions {
    fn default() -> Self {
        Self { access: Access::Write, timeouts: Timeouts::default(), synced: false, connections: 4 }
    }
}
