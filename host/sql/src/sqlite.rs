//! SQLite's own way: connections with a switch that stops their statement.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Executor};

use crate::connector::{Change, Connector};
use crate::error::Fate;
use crate::on_disk::{self, OnDisk};
use crate::result_code::{
    self, AUTH, BUSY, CONSTRAINT, ERROR, INTERRUPT, LOCKED, MISMATCH, RANGE, SCHEMA, TOO_BIG,
};
use crate::strict;

/// How often a file that another process is setting up is opened again, and how long is waited in between.
const OPENINGS: usize = 50;
const BETWEEN_OPENINGS: Duration = Duration::from_millis(20);
/// How many instructions SQLite runs between two looks at the switch: some microseconds.
const INSTRUCTIONS: i32 = 1000;
/// Gives the number that changes with the schema, whoever changes it.
const VERSION: &str = "PRAGMA schema_version";

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOptions {
    /// It is only read, and must be there.
    pub read_only: bool,
    /// A commit is on the disk when it returns. Otherwise a power cut may take the last ones; the database stays
    /// whole.
    pub synced: bool,
    /// How long a statement waits for another's write.
    pub busy: Duration,
    /// The size of a page in a file that is made, in bytes. None: SQLite's own.
    pub page_size: Option<u32>,
    /// What the connections' threads are called. None: as the driver does.
    pub thread: Option<&'static str>,
}

impl Default for FileOptions {
    fn default() -> Self {
        let busy = Duration::from_secs(5);
        Self { read_only: false, synced: false, busy, page_size: None, thread: None }
    }
}

/// A database in a file.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    connect: SqliteConnectOptions,
    read_only: bool,
    /// It was open before: a folder that is missing was removed since.
    was_open: AtomicBool,
}

impl File {
    /// A connection as the driver makes it. Where another process switches a new file to its write-ahead log at this
    /// moment, SQLite does not wait but says at once that the file is locked.
    async fn first_free(&self) -> Result<SqliteConnection, sqlx::Error> {
        for _ in 0..OPENINGS {
            match self.connect.connect().await {
                Err(error) if is_locked(&error) => tokio::time::sleep(BETWEEN_OPENINGS).await,
                opened => return opened,
            }
        }
        self.connect.connect().await
    }
}

/// Whether another connection is in the way.
fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| result_code::of(error) == BUSY)
}

impl File {
    /// A file, which is made by the first connection unless it is only to be read.
    pub fn new(path: &Path, options: &FileOptions) -> Self {
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(options.busy)
            // As on PostgreSQL, where LIKE tells an a from an A.
            .pragma("case_sensitive_like", "ON")
            // A recording has the statements; the host's log need not have them too.
            .disable_statement_logging();
        let connect = match options.thread {
            Some(name) => connect.thread_name(move |index| format!("{name}-{index}")),
            None => connect,
        };
        if options.read_only {
            return Self::at(path, connect.read_only(true), true);
        }
        let synchronous = if options.synced { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
        let mut connect = connect
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true);
        if let Some(bytes) = options.page_size {
            connect = connect.page_size(bytes);
        }
        Self::at(path, connect, false)
    }

    fn at(path: &Path, connect: SqliteConnectOptions, read_only: bool) -> Self {
        Self { path: path.to_owned(), connect, read_only, was_open: AtomicBool::new(false) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same text for the same file, which may be named in several ways, once it is there.
    pub fn identity(&self) -> String {
        let same = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        format!("sqlite:{}", same.display())
    }
}

/// A connection and its switch. Dropped, what it runs is stopped.
#[derive(Debug)]
pub struct Connection {
    // Dropped before the connection, whose thread would otherwise first finish what it runs.
    stop: Switch,
    connection: SqliteConnection,
    /// The version of the schema for which the driver keeps statements.
    known: Option<i64>,
    /// The files that it has open.
    files: OnDisk,
}

impl Connection {
    /// The driver's connection.
    pub fn get(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// The driver's connection, and the switch that stops its statement while it is set.
    pub fn parts(&mut self) -> (&mut SqliteConnection, &AtomicBool) {
        (&mut self.connection, &self.stop.0)
    }

    /// A statement that answers with the version of the schema.
    pub const fn version_statement() -> &'static str {
        VERSION
    }

    /// Whether statements are kept for another version of the schema than this one. SQLite prepares them anew by
    /// itself when they run, but the driver does not notice: it keeps the columns' names and types with them, and
    /// its thread panics where there are more columns than before.
    pub fn knows(&self, version: i64) -> bool {
        self.known == Some(version)
    }

    /// Looks at the schema, so that what runs next has its columns.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn look(&mut self) -> Result<(), sqlx::Error> {
        match sqlx::query_scalar(VERSION).fetch_one(&mut self.connection).await? {
            version if self.knows(version) => Ok(()),
            version => self.learn(version).await,
        }
    }

    /// Forgets the statements, and has SQLite read the schema: it would prepare by the old one otherwise.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn learn(&mut self, version: i64) -> Result<(), sqlx::Error> {
        self.connection.clear_cached_statements().await?;
        let read = sqlx::query("SELECT 1 FROM sqlite_master WHERE 0").persistent(false);
        read.execute(&mut self.connection).await?;
        self.known = Some(version);
        Ok(())
    }
}

/// Stops the connection's statement while it is set, and once it is dropped.
#[derive(Debug)]
struct Switch(Arc<AtomicBool>);

impl Drop for Switch {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connector for File {
    type Connection = Connection;

    // A deferred transaction that reads and then writes fails at once when another wrote in between, and no busy
    // timeout helps; an immediate one waits its turn at the beginning.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const FORGET: [Option<&'static str>; 2] = [None, Some("ROLLBACK")];
    const GRACE: Duration = Duration::ZERO;

    async fn connect(&self) -> Result<Connection, sqlx::Error> {
        if !self.read_only {
            // Where they cannot be made, SQLite says why the file cannot be opened.
            if self.was_open.load(Ordering::Relaxed) {
                on_disk::make_folder(&self.path).ok();
            }
            on_disk::make(&self.path).ok();
        }
        let mut connection = self.first_free().await?;
        self.was_open.store(true, Ordering::Relaxed);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || !stopped.load(Ordering::Relaxed));
        strict::names(&mut handle)?;
        drop(handle);
        if !self.read_only {
            // Reading opens the log, which is to be known.
            connection.execute("SELECT 1 FROM sqlite_master WHERE 0").await?;
        }
        let files = OnDisk::of(&self.path);
        Ok(Connection { stop: Switch(stop), connection, known: None, files })
    }

    fn change(&self, connection: &Connection) -> Option<Change> {
        let change = connection.files.change(&self.path)?;
        if !self.read_only {
            connection.files.put_log_aside(&self.path);
        }
        Some(change)
    }

    async fn command(connection: &mut Connection, sql: &'static str) -> Result<(), sqlx::Error> {
        connection.get().execute(sql).await.map(drop)
    }

    async fn close(connection: Connection) -> Result<(), sqlx::Error> {
        // Not merely dropped: the last one writes the log back into the file, and its caller waits for that.
        let Connection { stop, connection, .. } = connection;
        let closed = connection.close().await;
        drop(stop);
        closed
    }

    fn fate(error: &sqlx::Error) -> Fate {
        let sqlx::Error::Database(error) = error else { return Fate::CloseAll };
        match result_code::of(&**error) {
            ERROR | BUSY | LOCKED | SCHEMA | TOO_BIG | CONSTRAINT | MISMATCH | AUTH | RANGE => Fate::Keep,
            // SQLite has undone the transaction that it was in.
            INTERRUPT => Fate::Close,
            // A disk that is full, fails or only reads; a file that is gone. SQLite may have undone the transaction
            // or not.
            _ => Fate::CloseAll,
        }
    }

    fn identity(&self) -> String {
        self.identity()
    }
}
