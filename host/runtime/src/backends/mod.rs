//! The back ends that flux.toml names, opened. What names the same file or server shares it.

mod queues;
mod store;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_ambient::{Ambient, Settings};
use flux_cap_db::{Database, Db, DbOptions};
use flux_cap_fetch::{Fetch, FetchOptions, HostPatternError, PrivatePatternError, Redirect};
use flux_cap_kv::Kv;
use flux_host::{Capabilities, Environment};
use flux_store::private;

use crate::config::{Address, DbConfig, FetchConfig, KvConfig, Project, RedirectConfig};
use crate::error::RuntimeError;
use crate::settings;

pub use queues::open_queues;
pub use store::open_records;
pub(crate) use store::{reading, store_options};

/// Opens all back ends of a project.
pub(crate) async fn open(
    project: &Project,
    environment: &Arc<dyn Environment>,
) -> Result<Capabilities, RuntimeError> {
    make_folder(project)?;
    let secrets = settings::secrets(project)?;
    let mut capabilities = Capabilities::default();
    capabilities.add(Ambient::new(Settings::new(settings::config(project)?, secrets.clone())));
    capabilities.add(databases(project).await?);
    capabilities.add(buckets(project, environment).await?);
    capabilities.add(queues::open(project, environment.clone()).await?);
    let fetch = Fetch::new(fetch_options(&project.config.fetch)?, Arc::new(secrets));
    let fetch = fetch.map_err(failed("[fetch]"))?;
    capabilities.set_outgoing(Arc::new(fetch.clone()));
    capabilities.add(fetch);
    Ok(capabilities)
}

/// The folder of the SQLite files.
fn make_folder(project: &Project) -> Result<(), RuntimeError> {
    private::create_and_tighten(&project.data())?;
    Ok(private::create_folder(&project.database(""))?)
}

/// A SQLite file, made here for its mode; SQLite gives its companion files the same. Why one cannot be
/// made, SQLite says.
fn database_file(project: &Project, file: &str) -> PathBuf {
    let path = project.database(file);
    private::create_if_missing(&path).ok();
    path
}

/// `what` is a label of flux.toml, with its table.
fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(what: &str) -> impl FnOnce(E) -> RuntimeError {
    let what = what.to_owned();
    move |source| RuntimeError::Backend { what, source: source.into() }
}

/// The URL of a server. `what` is whose it is.
fn url(project: &Project, what: &str, address: &Address) -> Result<String, RuntimeError> {
    let missing = |place| RuntimeError::Address { what: what.to_owned(), place };
    address.read(&project.folder).map_err(missing)
}

/// Whether the address of every server is where flux.toml says.
pub(crate) fn check_addresses(project: &Project) -> Result<(), RuntimeError> {
    let config = &project.config;
    let databases = config.db.iter().map(|(label, it)| (format!("[db.{label}]"), it.postgres.as_ref()));
    let buckets = config.kv.iter().map(|(label, it)| match it {
        KvConfig::Redis(address) => (format!("[kv.{label}]"), Some(address)),
        KvConfig::Memory(_) | KvConfig::Sqlite(_) => (format!("[kv.{label}]"), None),
    });
    let queues = config.queues.iter();
    let queues =
        queues.map(|(label, it)| (format!("[queues.{label}]"), it.postgres.as_ref().or(it.nats.as_ref())));
    let crons = config.cron.iter().map(|(name, it)| (format!("[cron.{name}]"), it.postgres.as_ref()));
    let records = std::iter::once(("[record] postgres".to_owned(), config.record.postgres.as_ref()));
    let mut named = databases.chain(buckets).chain(queues).chain(crons).chain(records);
    named.try_for_each(|(what, address)| match address {
        Some(address) => url(project, &what, address).map(drop),
        None => Ok(()),
    })
}

async fn databases(project: &Project) -> Result<Db, RuntimeError> {
    let mut databases: HashMap<_, Arc<dyn Database>> = HashMap::new();
    for (label, config) in &project.config.db {
        databases.insert(label.clone(), database(project, label, config).await?);
    }
    Ok(Db::new(databases))
}

async fn database(
    project: &Project,
    label: &str,
    config: &DbConfig,
) -> Result<Arc<dyn Database>, RuntimeError> {
    let what = format!("[db.{label}]");
    let options = db_options(config);
    let migrations = config.migrations.as_ref().map(|folder| project.folder.join(folder));
    if let Some(address) = &config.postgres {
        let url = url(project, &what, address)?;
        let postgres = flux_cap_db::Postgres::open(&url, options).await.map_err(failed(&what))?;
        if let Some(folder) = migrations {
            postgres.migrate(&folder).await.map_err(failed(&what))?;
        }
        return Ok(Arc::new(postgres));
    }
    let path = database_file(project, config.sqlite.as_deref().unwrap_or_default());
    let sqlite = flux_cap_db::Sqlite::open(&path, options).await.map_err(failed(&what))?;
    if let Some(folder) = migrations {
        sqlite.migrate(&folder).await.map_err(failed(&what))?;
    }
    Ok(Arc::new(sqlite))
}

fn db_options(config: &DbConfig) -> DbOptions {
    let usual = DbOptions::default();
    DbOptions {
        max_connections: config.max_connections.unwrap_or(usual.max_connections),
        statement_timeout: config.statement_timeout_ms.map_or(usual.statement_timeout, Duration::from_millis),
        max_rows: config.max_rows.unwrap_or(usual.max_rows),
        max_bytes: config.max_bytes.unwrap_or(usual.max_bytes),
    }
}

async fn buckets(project: &Project, environment: &Arc<dyn Environment>) -> Result<Kv, RuntimeError> {
    let mut opened: HashMap<String, Arc<dyn flux_cap_kv::Backend>> = HashMap::new();
    let mut buckets = HashMap::new();
    for (label, config) in &project.config.kv {
        let what = format!("[kv.{label}]");
        let backend = match config {
            KvConfig::Memory(_) => Arc::new(flux_cap_kv::Memory::default()),
            KvConfig::Sqlite(file) => match opened.get(file) {
                Some(backend) => backend.clone(),
                None => {
                    let sqlite = flux_cap_kv::Sqlite::open(&database_file(project, file)).await;
                    keep(&mut opened, file, Arc::new(sqlite.map_err(failed(&what))?))
                }
            },
            KvConfig::Redis(address) => {
                let url = url(project, &what, address)?;
                match opened.get(&url) {
                    Some(backend) => backend.clone(),
                    None => {
                        // Apps that share a Redis differ in their name.
                        let prefix = format!("flux:{}", project.config.app.name);
                        let redis = flux_cap_kv::Redis::open(&url, &prefix).await;
                        keep(&mut opened, &url, Arc::new(redis.map_err(failed(&what))?))
                    }
                }
            }
        };
        buckets.insert(label.clone(), backend);
    }
    Ok(Kv::new(buckets, environment.clone()))
}

fn keep<T: ?Sized>(opened: &mut HashMap<String, Arc<T>>, place: &str, backend: Arc<T>) -> Arc<T> {
    opened.insert(place.to_owned(), backend.clone());
    backend
}

fn fetch_options(config: &FetchConfig) -> Result<FetchOptions, RuntimeError> {
    let usual = FetchOptions::default();
    let hosts = config.allow.iter().map(|pattern| pattern.get_ref().parse());
    let private = config.allow_private.iter().map(|pattern| pattern.get_ref().parse());
    let bodies = config.secrets_in_body.iter().map(|pattern| pattern.get_ref().parse());
    Ok(FetchOptions {
        allow: hosts.collect::<Result<_, HostPatternError>>().map_err(failed("[fetch]"))?,
        allow_private: private.collect::<Result<_, PrivatePatternError>>().map_err(failed("[fetch]"))?,
        secrets_in_body: bodies.collect::<Result<_, HostPatternError>>().map_err(failed("[fetch]"))?,
        timeout: config.timeout_ms.map_or(usual.timeout, Duration::from_millis),
        max_request: config.max_request.unwrap_or(usual.max_request),
        max_response: config.max_response.unwrap_or(usual.max_response),
        redirect: match config.redirect {
            RedirectConfig::Follow => Redirect::Follow,
            RedirectConfig::Manual => Redirect::Manual,
            RedirectConfig::Error => Redirect::Error,
        },
        max_redirects: config.max_redirects.unwrap_or(usual.max_redirects),
        ..usual
    })
}
