//! What flux.toml can say of every app. The field documentation is the JSON Schema's.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use flux_host::section::{AppConfig, SecretConfig, Section, Trigger};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RecordConfig, ReplayConfig, Route};

/// flux.toml: one app.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct Config {
    /// The app.
    pub app: AppConfig,
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
    /// What config.secret answers and requests get by placeholder: where each secret is found, never the secret
    /// itself.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretConfig>,
    /// Recording.
    #[serde(default)]
    pub record: RecordConfig,
    /// What a replay tolerates.
    #[serde(default)]
    pub replay: ReplayConfig,
    /// What flux.toml says of capabilities.
    #[serde(skip)]
    pub sections: Sections,
}

impl Config {
    /// What flux.toml says of one capability; none: this app cannot have it.
    pub fn section<S: Section>(&self) -> Option<&S> {
        self.sections.iter().find_map(|section| (section as &dyn Any).downcast_ref())
    }

    /// Which guest is called by what: routes, and what capabilities have.
    pub fn triggers(&self) -> Vec<Trigger> {
        let routes = self.http.routes.iter().enumerate().map(|(index, route)| Trigger {
            kind: "http",
            name: route.route.clone(),
            guest: route.guest.clone(),
            place: ["http", "routes", &index.to_string(), "guest"].map(str::to_owned).to_vec(),
        });
        routes.chain(self.sections.iter().flat_map(Section::triggers)).collect()
    }
}

/// The section of each capability.
#[derive(Debug, Clone, Default)]
pub struct Sections(Vec<Arc<dyn Section>>);

impl Sections {
    pub(crate) fn new(sections: Vec<Arc<dyn Section>>) -> Self {
        Self(sections)
    }

    /// All of them, in the order in which they are opened.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Section> {
        self.0.iter().map(|section| &**section)
    }
}

/// What it is built from, and what runs it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuestConfig {
    /// The folder that flux build builds, or a component (.wasm) or a bundle (.js) that is used as it is.
    #[schemars(example = &".")]
    pub source: String,
    /// Cargo features of the build, build tags of Go, or `feature_` constants of AssemblyScript.
    #[serde(default)]
    #[schemars(example = ["fast"])]
    pub features: Vec<String>,
    /// Environment variables that the guest sees, where it is a component: `wasi:cli/environment`, and what its
    /// language makes of that. They are recorded as they are, so a secret belongs in [secrets].
    #[serde(default)]
    #[schemars(example = BTreeMap::from([("LOG_LEVEL", "debug")]))]
    pub env: BTreeMap<String, String>,
    /// The engine that runs the guest. TypeScript is built for either: a component for wasm, a bundle for v8.
    #[serde(default)]
    pub engine: EngineKind,
}

/// An engine that guests run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// Components, on wasmtime.
    #[default]
    Wasm,
    /// Bundles of JavaScript, on V8.
    V8,
}

impl EngineKind {
    /// How the file of a built guest ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::V8 => "js",
        }
    }
}

impl GuestConfig {
    /// Whether the source is a component or a bundle already.
    pub fn is_built(&self) -> bool {
        self.source.ends_with(".wasm") || self.source.ends_with(".js")
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
    /// How long a request waits for one of the places of [limits] concurrency before it is answered with 503,
    /// in milliseconds.
    pub wait_ms: u64,
    /// What the request bodies of all executions may hold together, in bytes. Beyond that a request is answered with
    /// 503 and retry-after.
    pub max_bodies: usize,
    /// The most connections at once. Further connections wait until one ends.
    pub max_connections: usize,
    /// Requests at once on one connection of HTTP/2.
    pub max_streams: u32,
    /// How long a request's head may take from its first byte to its last, in milliseconds.
    pub head_ms: u64,
    /// How long a request's body may take, in milliseconds.
    pub body_ms: u64,
    /// How long a connection may be without a request, and a client may read nothing of its answer, in milliseconds.
    pub idle_ms: u64,
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
            wait_ms: 5_000,
            max_bodies: 256 << 20,
            max_connections: 4096,
            max_streams: 128,
            head_ms: 30_000,
            body_ms: 60_000,
            idle_ms: 75_000,
            shutdown_ms: 30_000,
        }
    }
}

/// Only this machine reaches it, unless it is changed.
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
    /// How long an execution may take, in milliseconds, with waiting.
    pub time_ms: u64,
    /// Linear memory, in bytes.
    pub memory: usize,
    /// Elements of all tables: what indirect calls go through.
    pub table_elements: usize,
    /// Calls to the host.
    pub calls: u64,
    /// A response's body, in bytes.
    pub response: usize,
    /// Log lines, stdout and stderr together, in bytes.
    pub output: usize,
    /// What the guest adds to its journal, in bytes: its calls with their results, what it reads and writes.
    pub journal: usize,
    /// Executions at once, of all guests. Others wait: requests for [http] wait-ms, jobs as long as it takes.
    pub concurrency: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = flux_host::Limits::default();
        Self {
            time_ms: limits.time_ms,
            memory: limits.memory,
            table_elements: limits.table_elements,
            calls: limits.calls,
            response: limits.response,
            output: limits.output,
            journal: limits.journal,
            concurrency: 512,
        }
    }
}

impl LimitsConfig {
    /// As the host has them.
    pub fn limits(&self) -> flux_host::Limits {
        flux_host::Limits {
            // As nanoseconds, 64 bits have 584 years.
            time_ms: self.time_ms.min(u64::MAX / 1_000_000),
            memory: self.memory,
            table_elements: self.table_elements,
            calls: self.calls,
            response: self.response,
            output: self.output,
            journal: self.journal,
        }
    }
}
