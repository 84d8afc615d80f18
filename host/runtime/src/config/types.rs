//! What flux.toml can say. The field documentation is the JSON Schema's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// flux.toml: one app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The app.
    pub app: App,
    /// The guests, by name.
    #[serde(default)]
    pub guests: BTreeMap<String, GuestConfig>,
    /// The HTTP trigger.
    #[serde(default)]
    pub http: Http,
    /// Health and readiness, on an address of their own.
    #[serde(default)]
    pub admin: Admin,
    /// What one execution may use.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// SQL databases, by label.
    #[serde(default)]
    pub db: BTreeMap<String, DbConfig>,
    /// Key-value buckets, by label.
    #[serde(default)]
    pub kv: BTreeMap<String, KvConfig>,
    /// Queues, by name.
    #[serde(default)]
    pub queues: BTreeMap<String, QueueConfig>,
    /// Outgoing HTTP.
    #[serde(default)]
    pub fetch: FetchConfig,
    /// What config.get answers. The environment variable FLUX_CONFIG_<KEY> goes before it.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// What config.secret answers: where each secret is found, never the secret itself.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretConfig>,
    /// Recording.
    #[serde(default)]
    pub record: RecordConfig,
    /// What a replay tolerates.
    #[serde(default)]
    pub replay: ReplayConfig,
}

/// The app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct App {
    /// Its name.
    pub name: String,
    /// The data folder: recordings, databases, compiled code.
    #[serde(default = "data_folder")]
    pub data: PathBuf,
}

fn data_folder() -> PathBuf {
    PathBuf::from(".flux")
}

/// A guest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuestConfig {
    /// The folder that flux build builds, or a component (.wasm) that is used as it is.
    #[schemars(with = "String")]
    pub source: Spanned<String>,
    /// Cargo features of the build.
    #[serde(default)]
    pub features: Vec<String>,
}

impl GuestConfig {
    /// Whether the source is a component already.
    pub fn is_component(&self) -> bool {
        self.source.get_ref().ends_with(".wasm")
    }
}

/// The HTTP trigger.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Http {
    /// The address to listen on; port 0 takes a free one.
    pub listen: String,
    /// Which guest answers what.
    pub routes: Vec<Route>,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// The longest request head, in bytes.
    pub max_headers: usize,
    /// How long a shutdown waits for what runs, in milliseconds.
    pub shutdown_ms: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            routes: Vec::new(),
            max_body: 8 << 20,
            max_headers: 64 << 10,
            shutdown_ms: 30_000,
        }
    }
}

/// One route.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// Method and path, such as `GET /orders/{id}`; `*` for any method, `{*rest}` for the rest of a path.
    #[schemars(with = "String")]
    pub route: Spanned<String>,
    /// The guest that answers.
    #[schemars(with = "String")]
    pub guest: Spanned<String>,
}

impl Route {
    /// Method (none: any) and path.
    pub fn parts(&self) -> Option<(Option<&str>, &str)> {
        let (method, path) = self.route.get_ref().split_once(' ')?;
        let is_method = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        (is_method && path.starts_with('/')).then_some(((method != "*").then_some(method), path))
    }
}

/// The admin address.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Admin {
    /// The address of /healthz and /readyz; loopback unless it is changed here.
    pub listen: String,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9080".to_owned() }
    }
}

/// What one execution may use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LimitsConfig {
    /// Milliseconds from begin to end, waiting included.
    pub time_ms: u64,
    /// Linear memory, in bytes.
    pub memory: usize,
    /// Calls to the host.
    pub calls: u64,
    /// A response's body, in bytes.
    pub response: usize,
    /// Log lines, stdout and stderr together, in bytes.
    pub output: usize,
    /// Executions at once.
    pub concurrency: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = flux_host::Limits::default();
        Self {
            time_ms: limits.time_ms,
            memory: limits.memory,
            calls: limits.calls,
            response: limits.response,
            output: limits.output,
            concurrency: 512,
        }
    }
}

impl LimitsConfig {
    /// As the host has them.
    pub fn limits(&self) -> flux_host::Limits {
        flux_host::Limits {
            time_ms: self.time_ms,
            memory: self.memory,
            calls: self.calls,
            response: self.response,
            output: self.output,
            ..flux_host::Limits::default()
        }
    }
}

/// An SQL database.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DbConfig {
    /// An SQLite file in the data folder.
    pub sqlite: String,
    /// A folder of migrations (0001_name.sql, …), run at start.
    #[serde(default)]
    pub migrations: Option<PathBuf>,
    /// Milliseconds that one statement may take.
    #[serde(default)]
    pub statement_timeout_ms: Option<u64>,
    /// Connections at the most.
    #[serde(default)]
    pub max_connections: Option<usize>,
}

/// A key-value bucket: one back end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum KvConfig {
    /// An SQLite file in the data folder; several buckets may share one.
    Sqlite(String),
    /// In memory, gone with the process.
    Memory(bool),
}

/// A queue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QueueConfig {
    /// The guest whose job-handler runs the jobs.
    #[schemars(with = "String")]
    pub guest: Spanned<String>,
    /// Tries before a job becomes a dead letter.
    #[serde(default = "max_attempts")]
    pub max_attempts: u32,
    /// Jobs at once.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// The SQLite file in the data folder.
    #[serde(default = "queue_file")]
    pub sqlite: String,
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
    /// Milliseconds for one exchange.
    pub timeout_ms: Option<u64>,
}

/// Where a secret is found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum SecretConfig {
    /// In an environment variable.
    Env(String),
    /// In a file, relative to flux.toml; one newline at its end is not part of it.
    File(PathBuf),
}

/// When a journal is safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// Before the response, it is in the operating system's hands: kill -9 loses nothing.
    #[default]
    Process,
    /// And on the disk: a power cut loses nothing.
    Power,
    /// Written after the response.
    Relaxed,
}

/// What happens when the spool is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SpoolFull {
    /// Requests are refused.
    #[default]
    Refuse,
    /// The oldest successes are dropped, and counted.
    DropOldest,
}

/// Recording.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RecordConfig {
    /// When a journal is safe.
    pub durability: Durability,
    /// The most that the spool holds, in bytes.
    pub spool_max: u64,
    /// What happens then.
    pub spool_full: SpoolFull,
    /// What is never written.
    pub redact: RedactConfig,
}

impl Default for RecordConfig {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            spool_max: 1 << 30,
            spool_full: SpoolFull::default(),
            redact: RedactConfig::default(),
        }
    }
}

/// What is never written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RedactConfig {
    /// Headers of requests and responses, in both directions.
    pub headers: Vec<String>,
}

impl Default for RedactConfig {
    fn default() -> Self {
        let headers = ["authorization", "cookie", "set-cookie", "x-api-key"];
        Self { headers: headers.map(str::to_owned).to_vec() }
    }
}

/// What a replay tolerates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReplayConfig {
    /// Paths whose difference is ignored, such as `response.headers.date`; `*` stands for one step.
    pub ignore: Vec<String>,
    /// Functions whose calls may come in another order, such as `kv.bucket.get`.
    pub unordered: Vec<String>,
}

impl ReplayConfig {
    /// As the recorder has them.
    pub fn tolerances(&self) -> flux_recorder::Tolerances {
        flux_recorder::Tolerances { ignore: self.ignore.clone(), unordered: self.unordered.clone() }
    }
}
