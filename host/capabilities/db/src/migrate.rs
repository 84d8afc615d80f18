//! How the migrations of a folder are run, and which file it was that failed.

use std::path::{Path, PathBuf};

use sqlx::migrate::{MigrateError, Migrator};

use crate::migrations::Migrating;
use crate::options::{MigrationError, OpenError};
use crate::pooled::Pooled;

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
        self.migrations().keep(migrator);
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
