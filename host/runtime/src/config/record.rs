//! What flux.toml says of recording and replay.

use std::path::PathBuf;
use std::time::Duration;

use flux_host::section::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A length of time, such as `90s`, `12h` or `30days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |_| {
            serde::de::Error::custom(format!(
                "'{text}' is no length of time; hint: write one such as 90s, 12h or 30days"
            ))
        };
        humantime::parse_duration(&text).map(Self).map_err(wrong)
    }
}

/// When a journal is safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
    /// The URL of a PostgreSQL database for the records, which several nodes may share. Without it,
    /// the records are in an SQLite file in the data folder.
    #[schemars(example = &"postgres://user:password@127.0.0.1:5432/records")]
    pub postgres: Option<Address>,
    /// This node's name in the records. Without it, the machine's.
    #[schemars(example = &"node-1")]
    pub node: Option<String>,
    /// How long records are kept.
    pub retention: RetentionConfig,
}

impl Default for RecordConfig {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            spool_max: 1 << 30,
            spool_full: SpoolFull::default(),
            redact: RedactConfig::default(),
            postgres: None,
            node: None,
            retention: RetentionConfig::default(),
        }
    }
}

/// How long records are kept.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RetentionConfig {
    /// Older executions are deleted, such as `30days`. Without it, none is deleted for its age.
    #[schemars(with = "Option<String>", example = &"30days")]
    pub max_age: Option<Span>,
    /// A failure that max-age or max-count would delete stays until it is this old.
    #[schemars(with = "Option<String>", example = &"90days")]
    pub keep_failed: Option<Span>,
    /// The most executions: the newest stay. Failures that keep-failed keeps stay besides.
    #[schemars(example = 1000000)]
    pub max_count: Option<u64>,
}

impl RetentionConfig {
    /// As the store has it.
    pub fn retention(&self) -> flux_store::Retention {
        flux_store::Retention {
            max_age: self.max_age.map(|age| age.0),
            keep_failed: self.keep_failed.map(|age| age.0),
            max_count: self.max_count,
        }
    }
}

/// What is never written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RedactConfig {
    /// Headers of requests and responses, in both directions.
    pub headers: Vec<String>,
    /// Members of JSON, in bodies in both directions, in job payloads, in kv values and in texts of databases:
    /// `password`, `customer.card.number`, `items.*.email`; `**.email` at any depth.
    #[schemars(example = ["customer.email", "**.password"])]
    pub json: Vec<String>,
    /// Columns of databases: `email` of all, `main.email` of one.
    #[schemars(example = ["email", "main.card"])]
    pub columns: Vec<String>,
    /// Buckets of kv, keys and values.
    #[schemars(example = ["sessions"])]
    pub buckets: Vec<String>,
    /// Where the deployment's keys are, relative to flux.toml. Without it, redaction.keys in the data folder.
    /// Nodes with one record store share them.
    #[schemars(example = &"/run/secrets/redaction.keys")]
    pub keys: Option<PathBuf>,
}

impl Default for RedactConfig {
    fn default() -> Self {
        let headers = ["authorization", "cookie", "set-cookie", "x-api-key"];
        Self {
            headers: headers.map(str::to_owned).to_vec(),
            json: Vec::new(),
            columns: Vec::new(),
            buckets: Vec::new(),
            keys: None,
        }
    }
}

/// What a replay tolerates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReplayConfig {
    /// Paths whose difference is ignored, such as `response.headers.date` or `response.body."user.role"`.
    /// Every path that a report prints is one; docs/replay.md has the grammar.
    #[schemars(example = ["response.headers.date"])]
    pub ignore: Vec<String>,
    /// Paths below which JSON may be laid out in another way, such as `response.body`: its members in another
    /// order, other white space, other escapes, and the same values.
    #[schemars(example = ["response.body"])]
    pub layout: Vec<String>,
    /// Functions whose calls may come in another order, such as `kv.bucket.get`.
    #[schemars(example = ["kv.bucket.get"])]
    pub unordered: Vec<String>,
}

impl ReplayConfig {
    /// As a replay has them.
    pub fn tolerances(&self) -> Result<flux_replay::Tolerances, flux_replay::PatternError> {
        flux_replay::Tolerances::parse(&self.ignore, &self.unordered)?.with_layout(&self.layout)
    }
}
