//! The back ends that flux.toml names, opened.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_ambient::{Ambient, Settings};
use flux_cap_db::Db;
use flux_cap_fetch::{Fetch, FetchOptions};
use flux_cap_kv::Kv;
use flux_cap_queue::Queues;
use flux_host::{Capabilities, Environment};
use flux_store::{SpoolOptions, StoreOptions};

use crate::config::{Config, Durability, KvConfig, Project, RecordConfig, SpoolFull};
use crate::error::RuntimeError;
use crate::settings;

/// Opens all back ends of a project.
pub(crate) async fn open(
    project: &Project,
    environment: &Arc<dyn Environment>,
) -> Result<Capabilities, RuntimeError> {
    let folder = project.database("");
    std::fs::create_dir_all(&folder).map_err(|source| RuntimeError::File { path: folder, source })?;
    let mut capabilities = Capabilities::default();
    capabilities.add(Ambient::new(Settings::new(settings::config(project)?, settings::secrets(project)?)));
    capabilities.add(databases(project).await?);
    capabilities.add(buckets(project, environment).await?);
    capabilities.add(queues(project, environment).await?);
    capabilities.add(fetch(&project.config)?);
    Ok(capabilities)
}

/// The spool as `[record]` has it.
pub(crate) fn store_options(record: &RecordConfig) -> StoreOptions {
    let durability = match record.durability {
        Durability::Process => flux_store::Durability::Process,
        Durability::Power => flux_store::Durability::Power,
        Durability::Relaxed => flux_store::Durability::Relaxed,
    };
    let full = match record.spool_full {
        SpoolFull::Refuse => flux_store::Full::Refuse,
        SpoolFull::DropOldest => flux_store::Full::DropOldest,
    };
    let spool = SpoolOptions { max_bytes: record.spool_max, durability, full, ..SpoolOptions::default() };
    StoreOptions { spool, ..StoreOptions::default() }
}

fn failed(what: String) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> RuntimeError {
    move |source| RuntimeError::Backend { what, source }
}

async fn databases(project: &Project) -> Result<Db, RuntimeError> {
    let mut databases: HashMap<_, Arc<dyn flux_cap_db::Database>> = HashMap::new();
    for (label, config) in &project.config.db {
        let mut options = flux_cap_db::SqliteOptions::default();
        if let Some(timeout) = config.statement_timeout_ms {
            options.statement_timeout = Duration::from_millis(timeout);
        }
        if let Some(connections) = config.max_connections {
            options.max_connections = connections;
        }
        let what = || failed(format!("the database '{label}'"));
        let path = project.database(config.sqlite.as_deref().unwrap_or_default());
        let sqlite = flux_cap_db::Sqlite::open(&path, options).await.map_err(|error| what()(error.into()))?;
        if let Some(migrations) = &config.migrations {
            let folder = project.folder.join(migrations);
            sqlite.migrate(&folder).await.map_err(|error| what()(error.into()))?;
        }
        databases.insert(label.clone(), Arc::new(sqlite));
    }
    Ok(Db::new(databases))
}

async fn buckets(project: &Project, environment: &Arc<dyn Environment>) -> Result<Kv, RuntimeError> {
    let mut files: HashMap<&String, flux_cap_kv::Sqlite> = HashMap::new();
    let mut buckets: HashMap<_, Arc<dyn flux_cap_kv::Backend>> = HashMap::new();
    for (label, config) in &project.config.kv {
        let backend: Arc<dyn flux_cap_kv::Backend> = match config {
            KvConfig::Redis(_) => todo_wired_below(label)?,
            KvConfig::Memory(_) => Arc::new(flux_cap_kv::Memory::default()),
            KvConfig::Sqlite(file) => {
                if !files.contains_key(file) {
                    let opened = flux_cap_kv::Sqlite::open(&project.database(file)).await;
                    files.insert(
                        file,
                        opened.map_err(|error| failed(format!("the bucket '{label}'"))(error.into()))?,
                    );
                }
                Arc::new(files[file].clone())
            }
        };
        buckets.insert(label.clone(), backend);
    }
    Ok(Kv::new(buckets, environment.clone()))
}

async fn queues(project: &Project, environment: &Arc<dyn Environment>) -> Result<Queues, RuntimeError> {
    let mut files: HashMap<&String, Arc<flux_cap_queue::Sqlite>> = HashMap::new();
    let mut queues = HashMap::new();
    for (label, config) in &project.config.queues {
        if !files.contains_key(&config.sqlite) {
            let opened = flux_cap_queue::Sqlite::open(&project.database(&config.sqlite)).await;
            let opened = opened.map_err(|error| failed(format!("the queue '{label}'"))(error.into()))?;
            files.insert(&config.sqlite, Arc::new(opened));
        }
        let backend = files[&config.sqlite].clone();
        queues.insert(
            label.clone(),
            flux_cap_queue::QueueConfig { backend, max_attempts: config.max_attempts },
        );
    }
    Ok(Queues::new(queues, environment.clone()))
}

fn fetch(config: &Config) -> Result<Fetch, RuntimeError> {
    let patterns = config.fetch.allow.iter().map(|pattern| pattern.get_ref().parse());
    let cannot = |error| failed("[fetch]".to_owned())(error);
    let mut options = FetchOptions {
        allow: patterns
            .collect::<Result<_, flux_cap_fetch::HostPatternError>>()
            .map_err(|error| cannot(error.into()))?,
        ..FetchOptions::default()
    };
    if let Some(timeout) = config.fetch.timeout_ms {
        options.timeout = Duration::from_millis(timeout);
    }
    Fetch::new(options).map_err(|error| cannot(error.into()))
}

fn todo_wired_below<T>(label: &str) -> Result<T, RuntimeError> {
    Err(failed(format!("the back end of '{label}'"))("not wired yet".into()))
}
