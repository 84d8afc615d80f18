//! `[db.<label>]` of flux.toml.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flux_host::section::{
    Address, Backend, BackendPlace, Checking, Findings, OpenError, Opening, Section, UrlKind,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Database, Db, DbOptions, Postgres, Sqlite, migration_names};

/// See the [module](self).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct DbSection {
    /// SQL databases, by label.
    #[serde(default)]
    pub db: BTreeMap<String, DbTable>,
}

/// An SQL database: `sqlite` or `postgres`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DbTable {
    /// An SQLite file, which is in `data/` of the data folder: `.flux/data/main.db`.
    #[schemars(example = &"main.db")]
    pub sqlite: Option<String>,
    /// The URL of a PostgreSQL database.
    #[schemars(example = &"postgres://user:password@127.0.0.1:5432/orders")]
    pub postgres: Option<Address>,
    /// A folder of migrations (0001_name.sql, …), run at start.
    #[schemars(example = &"migrations")]
    pub migrations: Option<PathBuf>,
    /// Milliseconds that one statement may take.
    pub statement_timeout_ms: u64,
    /// Connections at the most.
    pub max_connections: usize,
    /// Rows of one answer at the most.
    pub max_rows: usize,
    /// Bytes of one answer at the most.
    pub max_bytes: usize,
}

impl Default for DbTable {
    fn default() -> Self {
        let usual = DbOptions::default();
        Self {
            sqlite: None,
            postgres: None,
            migrations: None,
            statement_timeout_ms: u64::try_from(usual.statement_timeout.as_millis()).unwrap_or(u64::MAX),
            max_connections: usual.max_connections,
            max_rows: usual.max_rows,
            max_bytes: usual.max_bytes,
        }
    }
}

impl DbTable {
    fn options(&self) -> DbOptions {
        DbOptions {
            max_connections: self.max_connections,
            statement_timeout: Duration::from_millis(self.statement_timeout_ms),
            max_rows: self.max_rows,
            max_bytes: self.max_bytes,
        }
    }

    async fn open(&self, label: &str, opening: &Opening<'_>) -> Result<Arc<dyn Database>, OpenError> {
        let failed = || OpenError::hinting(&format!("[db.{label}]"));
        let migrations = self.migrations.as_ref().map(|folder| opening.folder.join(folder));
        if let Some(address) = &self.postgres {
            let url = opening.url(&format!("[db.{label}]"), address)?;
            let postgres = Postgres::open(&url, self.options()).await.map_err(failed())?;
            if let Some(folder) = migrations {
                postgres.migrate(&folder).await.map_err(failed())?;
            }
            return Ok(Arc::new(postgres));
        }
        let path = opening.database(self.sqlite.as_deref().unwrap_or_default());
        let sqlite = Sqlite::open(&path, self.options()).await.map_err(failed())?;
        if let Some(folder) = migrations {
            sqlite.migrate(&folder).await.map_err(failed())?;
        }
        Ok(Arc::new(sqlite))
    }

    fn check(&self, label: &str, project: &Checking<'_>, findings: &mut Findings<'_>) {
        let named = [("sqlite", self.sqlite.is_some()), ("postgres", self.postgres.is_some())];
        let write = format!("sqlite = \"{label}.db\" and postgres = \"postgres://…\"");
        findings.one_of(&["db", label], &named, &write);
        if let Some(file) = &self.sqlite {
            findings.sqlite(&["db", label, "sqlite"], file, &format!("{label}.db"), project);
        }
        if let Some(address) = &self.postgres {
            findings.address(
                &["db", label, "postgres"],
                address,
                project,
                &UrlKind::postgres(flux_sql::Address::check),
            );
        }
        let bounds = [
            ("statement-timeout-ms", self.statement_timeout_ms),
            ("max-connections", self.max_connections as u64),
            ("max-rows", self.max_rows as u64),
            ("max-bytes", self.max_bytes as u64),
        ];
        for (key, bound) in bounds {
            findings.not_zero(&["db", label, key], bound, "no statement would ever be answered");
        }
        if let Some(folder) = &self.migrations {
            let path = ["db", label, "migrations"];
            findings.not_empty(&path, &folder.to_string_lossy(), "migrations");
            if findings.path(&path, folder) && project.is_for_run() {
                for (message, hint) in migration_names::check(&project.folder.join(folder), folder) {
                    findings.add(&path, message, hint);
                }
            }
        }
    }
}

impl Section for DbSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let open = async {
            let mut databases = HashMap::new();
            for (label, table) in &self.db {
                databases.insert(label.clone(), table.open(label, opening).await?);
            }
            opening.capabilities.add(Db::new(databases));
            Ok(())
        };
        open.boxed()
    }

    fn migrate<'a>(&'a self, opening: &'a Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let migrate = async {
            // To open one is to migrate it.
            for (label, table) in self.db.iter().filter(|(_, table)| table.migrations.is_some()) {
                table.open(label, opening).await?;
            }
            Ok(())
        };
        migrate.boxed()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.db.values().filter_map(|table| table.migrations.clone()).collect()
    }

    fn check(&self, project: &Checking<'_>, findings: &mut Findings<'_>) {
        findings.labels("db");
        self.db.iter().for_each(|(label, table)| table.check(label, project, findings));
    }

    fn backends(&self) -> Vec<Backend> {
        let place = |table: &DbTable| match &table.postgres {
            Some(address) => BackendPlace::Postgres(address.clone()),
            None => BackendPlace::Sqlite(table.sqlite.clone().unwrap_or_default()),
        };
        self.db.iter().map(|(label, table)| Backend::new(format!("[db.{label}]"), place(table))).collect()
    }
}
