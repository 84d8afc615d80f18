//! What flux.toml says of back ends and of what goes out.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Address, Place};

/// An SQL database: `sqlite` or `postgres`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DbConfig {
    /// An SQLite file in the data folder.
    #[serde(default)]
    pub sqlite: Option<String>,
    /// The URL of a PostgreSQL database.
    #[serde(default)]
    pub postgres: Option<Address>,
    /// A folder of migrations (0001_name.sql, …), run at start.
    #[serde(default)]
    pub migrations: Option<PathBuf>,
    /// Milliseconds that one statement may take.
    #[serde(default)]
    pub statement_timeout_ms: Option<u64>,
    /// Connections at the most.
    #[serde(default)]
    pub max_connections: Option<usize>,
    /// Rows of one answer at the most.
    #[serde(default)]
    pub max_rows: Option<usize>,
    /// Bytes of one answer at the most.
    #[serde(default)]
    pub max_bytes: Option<usize>,
}

/// A key-value bucket: one back end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum KvConfig {
    /// An SQLite file in the data folder; several buckets may share one.
    Sqlite(String),
    /// The URL of a Redis; several buckets may share one.
    Redis(Address),
    /// In memory, gone with the process.
    Memory(bool),
}

/// A queue. Its jobs are in SQLite, unless `postgres` or `nats` is set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QueueConfig {
    /// The guest whose job-handler runs the jobs.
    #[schemars(with = "String")]
    pub guest: Spanned<String>,
    /// Tries before a job becomes a dead letter.
    #[serde(default = "max_attempts")]
    pub max_attempts: u32,
    /// Jobs at once, on this node.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// The most jobs that wait; a send beyond it is refused.
    #[serde(default)]
    pub max_waiting: Option<u64>,
    /// The SQLite file in the data folder. The file of a database in [db]: jobs sent in a transaction
    /// commit with it.
    #[serde(default = "queue_file")]
    pub sqlite: String,
    /// The URL of a PostgreSQL database. That of a database in [db]: jobs sent in a transaction commit
    /// with it.
    #[serde(default)]
    pub postgres: Option<Address>,
    /// The URL of a NATS server with JetStream.
    #[serde(default)]
    pub nats: Option<Address>,
}

/// A schedule: its runs are jobs of the guest's job-handler.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CronConfig {
    /// The guest whose job-handler runs.
    #[schemars(with = "String")]
    pub guest: Spanned<String>,
    /// Minute, hour, day, month, weekday, such as `0 3 * * *`; with a sixth field before them, seconds.
    #[schemars(with = "String")]
    pub schedule: Spanned<String>,
    /// The time zone in which it is read, by its IANA name, such as `Europe/Berlin`.
    #[schemars(with = "Option<String>")]
    #[serde(default)]
    pub timezone: Option<Spanned<String>>,
    /// What becomes of runs that were due while no node ran.
    #[serde(default)]
    pub missed: Missed,
    /// The job's payload.
    #[serde(default)]
    pub payload: String,
    /// Tries of one run.
    #[serde(default = "max_attempts")]
    pub max_attempts: u32,
    /// The SQLite file in the data folder.
    #[serde(default = "queue_file")]
    pub sqlite: String,
    /// The URL of a PostgreSQL database: however many nodes share it, a run happens once.
    #[serde(default)]
    pub postgres: Option<Address>,
}

/// The hidden queue of a schedule.
pub fn cron_queue(name: &str) -> String {
    format!("cron.{name}")
}

/// What becomes of runs that were due while no node ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// They are left out.
    #[default]
    Skip,
    /// The latest of them runs at the start.
    RunOnce,
}

fn max_attempts() -> u32 {
    5
}

fn concurrency() -> usize {
    4
}

fn queue_file() -> String {
    "queue.db".to_owned()
}

/// Outgoing HTTP.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FetchConfig {
    /// Hosts that guests may ask: `api.example.com`, `*.example.com`, `127.0.0.1:9099`, `localhost:*`.
    #[schemars(with = "Vec<String>")]
    pub allow: Vec<Spanned<String>>,
    /// Private addresses that names may lead to: ranges such as `10.0.0.0/8`, or the names themselves.
    #[schemars(with = "Vec<String>")]
    pub allow_private: Vec<Spanned<String>>,
    /// Hosts for which `{{secret name}}` is filled in in bodies too, not in headers and URLs only.
    #[schemars(with = "Vec<String>")]
    pub secrets_in_body: Vec<Spanned<String>>,
    /// Milliseconds for one exchange.
    pub timeout_ms: Option<u64>,
    /// Bytes of a request's body at the most.
    pub max_request: Option<usize>,
    /// Bytes of a response's body at the most.
    pub max_response: Option<usize>,
    /// What becomes of a redirect. Requests of `wasi:http` never follow one.
    pub redirect: RedirectConfig,
    /// Redirects that are followed; 0: a redirect is a response like others.
    pub max_redirects: Option<usize>,
}

/// What becomes of a redirect that `fetch` is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectConfig {
    /// The host follows it.
    #[default]
    Follow,
    /// The guest gets it, as a response like others.
    Manual,
    /// The guest gets an error.
    Error,
}

/// A secret: `env` or `file`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecretConfig {
    /// The environment variable it is in. It goes before the file.
    #[serde(default)]
    pub env: Option<String>,
    /// The file it is in, relative to flux.toml; one newline at its end is not part of it.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The only hosts that get it, where a request has `{{secret name}}`; the guest itself never does, and
    /// config.secret does not answer it. As the patterns of [fetch] allow.
    #[serde(default)]
    pub hosts: Vec<String>,
}

impl SecretConfig {
    /// The value, or the places where it is missing.
    pub fn read(&self, folder: &std::path::Path) -> Result<String, String> {
        let env = self.env.clone().map(Place::Env);
        let file = self.file.clone().map(Place::File);
        let mut missing = Vec::new();
        for place in env.into_iter().chain(file) {
            match place.read(folder) {
                Ok(value) => return Ok(value),
                Err(place) => missing.push(place),
            }
        }
        Err(if missing.is_empty() { "env or file of its own".to_owned() } else { missing.join(" or ") })
    }
}
