//! Databases in SQLite files.
//!
//! - Values have the type that SQLite stored them with, not the declared one: dates stay text. Only a
//!   0 or 1 in a column declared BOOLEAN becomes a boolean; SQLite has none, and stores those.
//! - `?`, `?1` and `$1` are parameters, and their number must fit. NaN is refused: it would be NULL.
//! - Transactions are immediate. A deferred one that reads and then writes fails at once when another
//!   wrote in between, and no busy timeout helps; an immediate one waits its turn at the beginning.
//! - A statement that ran out of time is interrupted and its connection closed.
//! - What stands in double quotes is a name and never a text, as on Postgres.
//! - Statements are kept prepared for as long as the schema has the same version: any process may change it.

mod failure;
mod script;
mod statements;
mod values;

use std::path::Path;

use flux_sql::{Connector, File, FileOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::migrations::Migrating;
use crate::{DbOptions, OpenError, Pooled};

/// A database in a file: `sqlite = "main.db"` in flux.toml.
pub type Sqlite = Pooled<File>;

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path, options: DbOptions) -> Result<Self, OpenError> {
        let file = File::new(path, &FileOptions::default());
        let opened = Pooled::reach(file, options).await;
        opened.map_err(|source| OpenError::File { path: path.to_owned(), source })
    }
}

impl Migrating for File {
    async fn run(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut connection = self.connect().await?;
        migrator.run_direct(None, connection.get(), false).await
    }

    async fn applied(&self) -> Result<usize, sqlx::Error> {
        let mut connection = self.connect().await?;
        let is_there = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
        let is_there: i64 = sqlx::query_scalar(is_there).fetch_one(connection.get()).await?;
        if is_there == 0 {
            return Ok(0);
        }
        let applied = "SELECT count(*) FROM _sqlx_migrations";
        let applied: i64 = sqlx::query_scalar(applied).fetch_one(connection.get()).await?;
        Ok(usize::try_from(applied).unwrap_or_default())
    }

    /// SQLite says it, but the driver does not: the statements are run one by one until one fails, and undone.
    async fn place(&self, sql: &str, error: &sqlx::Error) -> Option<usize> {
        let mut connection = self.connect().await.ok()?;
        let mut transaction = connection.get().begin().await.ok()?;
        for statement in script::statements(sql) {
            let text = sqlx::raw_sql(AssertSqlSafe(&sql[statement.clone()]));
            if text.execute(&mut *transaction).await.is_err() {
                let near = script::near(&sql[statement.clone()], &flux_sql::said(error));
                return Some(statement.start + near);
            }
        }
        None
    }
}
