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
mod statements;
mod values;

use std::path::Path;

use flux_sql::{Connector, File, FileOptions};
use sqlx::migrate::Migrator;

use crate::{DbOptions, OpenError, Pooled};

/// A database in a file: `sqlite = "main.db"` in flux.toml.
pub type Sqlite = Pooled<File>;

impl Sqlite {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path, options: DbOptions) -> Result<Self, OpenError> {
        let file = File::new(path, &FileOptions::default());
        let opened = Pooled::reach(file, options, File::identity).await;
        opened.map_err(|source| OpenError::File { path: path.to_owned(), source })
    }

    /// Runs the migrations of a folder that have not run yet: `1_name.sql`, `2_name.sql`.
    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        let database = self.dialect().path().display().to_string();
        let failed = |source| OpenError::Migrate { database, folder: folder.to_owned(), source };
        let done = async {
            let migrator = Migrator::new(folder).await?;
            let mut connection = self.dialect().connect().await?;
            migrator.run_direct(None, connection.get(), false).await
        };
        done.await.map_err(failed)
    }
}
