//! Places for record stores: a file, and a PostgreSQL database. Both are gone when the test is.

use std::path::PathBuf;

use flux_test_services::Database;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

pub struct Place {
    dir: TempDir,
    postgres: Option<Database>,
}

/// Runs a test on both databases.
pub async fn on_both(test: impl AsyncFn(&Place)) {
    test(&Place::sqlite()).await;
    if let Some(place) = Place::postgres().await {
        test(&place).await;
    }
}

impl Place {
    pub fn sqlite() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub async fn postgres() -> Option<Self> {
        let database = Database::new().await?;
        Some(Self { dir: tempfile::tempdir().unwrap(), postgres: Some(database) })
    }

    /// Where a file would be.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("records.db")
    }

    /// The database, if it is one.
    pub fn url(&self) -> Option<String> {
        self.postgres.as_ref().map(Database::url)
    }

    /// Runs statements beside the store.
    pub async fn run(&self, sql: &str) {
        if let Some(database) = &self.postgres {
            return database.run(sql).await;
        }
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.create_if_missing(true).connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
