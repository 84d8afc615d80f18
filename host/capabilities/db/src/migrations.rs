//! The migrations of a folder: run at the start, and again where the database is made anew while Flux runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use flux_host::Hint;
use flux_sql::{Lease, Prepare, Prepared};
use sqlx::migrate::{MigrateError, Migrator};

use crate::dialect::Dialect;
use crate::{OpenError, Pooled};

/// A database whose migrations are run on a connection of their own, without the limits of a guest's statement.
pub trait Migrating: Dialect {
    /// Runs those that have not run yet.
    fn run(&self, migrator: &Migrator) -> impl Future<Output = Result<(), MigrateError>> + Send;

    /// How many have run.
    fn applied(&self) -> impl Future<Output = Result<usize, sqlx::Error>> + Send;

    /// The byte of a migration's text at which it failed.
    fn place(&self, sql: &str, error: &sqlx::Error) -> impl Future<Output = Option<usize>> + Send;
}

/// Why a migration did not run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database refused one of its statements.
    #[error("{0}")]
    Statement(String),
    /// It is another one than that which ran.
    #[error("it ran before, and was edited since")]
    Edited,
    /// Its file is gone.
    #[error("migration {0} ran before, and its file is not there any more")]
    Missing(i64),
    /// What else there is.
    #[error("{0}")]
    Other(String),
}

impl Hint for OpenError {
    fn hint(&self) -> Option<String> {
        let Self::Migrate { database, file, source, .. } = self else { return None };
        Some(match source {
            MigrationError::Statement(_) => {
                format!("correct {}: nothing of it was applied", file.display())
            }
            MigrationError::Edited => format!(
                "undo the edit, and write the change into a new file beside it; in development you can remove {database} \
                 instead, with all that is in it"
            ),
            MigrationError::Missing(_) => "bring the file back, as it was when it ran".to_owned(),
            MigrationError::Other(_) => return None,
        })
    }
}

/// What the pool of a database asks for before its first use, once the migrations are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Migrations(Arc<OnceLock<Migrator>>);

impl<D: Migrating> Prepare<D> for Migrations {
    fn prepare<'a>(&'a self, connector: &'a D, _lease: &'a mut Lease<D>) -> Prepared<'a> {
        Box::pin(async {
            let Some(migrator) = self.0.get() else { return Ok(false) };
            let applied = connector.applied().await?;
            // More: another node has newer ones, and all that this one needs is there.
            if applied >= migrator.iter().count() {
                return Ok(false);
            }
            let failed = |source| flux_sql::Error::Unprepared(Box::new(source));
            connector.run(migrator).await.map_err(failed)?;
            Ok(applied == 0)
        })
    }
}

impl<D: Migrating> Pooled<D> {
    /// Runs the migrations of a folder that have not run yet: `1_name.sql`, `2_name.sql`. Several nodes that begin at
    /// once wait for each other; a migration may take its time.
    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        let migrator = match Migrator::new(folder).await {
            Ok(migrator) => migrator,
            Err(error) => return Err(self.failed(folder.to_owned(), None, other(&error))),
        };
        if let Err(error) = self.dialect().run(&migrator).await {
            return Err(self.explain(folder, &migrator, error).await);
        }
        // A database that is migrated twice keeps the first: those of the second are the same files.
        self.migrations().0.set(migrator).ok();
        Ok(())
    }

    /// Which file it was, and where in it.
    async fn explain(&self, folder: &Path, migrator: &Migrator, error: MigrateError) -> OpenError {
        let file = |version| file_of(folder, version).unwrap_or_else(|| folder.to_owned());
        match error {
            MigrateError::ExecuteMigration(error, version) => {
                let migration = migrator.iter().find(|it| it.version == version);
                let sql = migration.map_or("", |it| it.sql.as_str());
                let place = self.dialect().place(sql, &error).await;
                let line = place.and_then(|at| sql.get(..at)).map(|before| before.matches('\n').count() + 1);
                self.failed(file(version), line, MigrationError::Statement(flux_sql::said(&error)))
            }
            MigrateError::VersionMismatch(version) => {
                self.failed(file(version), None, MigrationError::Edited)
            }
            MigrateError::VersionMissing(version) => {
                self.failed(folder.to_owned(), None, MigrationError::Missing(version))
            }
            error => self.failed(folder.to_owned(), None, other(&error)),
        }
    }

    fn failed(&self, file: PathBuf, line: Option<usize>, source: MigrationError) -> OpenError {
        OpenError::Migrate { database: self.place(), file, line, source }
    }

    /// The file or the address.
    fn place(&self) -> String {
        let identity = self.dialect().identity();
        identity.strip_prefix("sqlite:").map_or(identity.clone(), str::to_owned)
    }
}

fn other(error: &MigrateError) -> MigrationError {
    MigrationError::Other(match error {
        MigrateError::Execute(error) => flux_sql::said(error),
        error => error.to_string(),
    })
}

/// The file of a migration, by the number that its name begins with.
fn file_of(folder: &Path, version: i64) -> Option<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.split_once('_').and_then(|(number, _)| number.parse().ok());
        name.ends_with(".sql") && number == Some(version)
    };
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.map(|entry| entry.path()).find(is_it)
}
