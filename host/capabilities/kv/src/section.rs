//! `[kv.<label>]` of flux.toml. Buckets that name the same file or server share it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use flux_host::section::{
    Address, Backend as KeptIn, BackendPlace, Checking, Findings, OpenError, Opening, Section, UrlKind,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Backend, Kv, Memory, Redis, Sqlite};

const REDIS: UrlKind = UrlKind {
    service: "a Redis",
    schemes: &["redis", "rediss", "redis+unix", "unix", "valkey", "valkeys", "valkey+unix"],
    bare: false,
    example: "redis://user:password@host:6379",
    parse: Redis::check_url,
};

/// See the [module](self).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct KvSection {
    /// Key-value buckets, by label.
    #[serde(default)]
    pub kv: BTreeMap<String, KvTable>,
}

/// A key-value bucket: one of `sqlite`, `redis` and `memory`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct KvTable {
    /// An SQLite file in `data/` of the data folder; several buckets may share one.
    #[schemars(example = &"kv.db")]
    pub sqlite: Option<String>,
    /// The URL of a Redis; several buckets may share one.
    #[schemars(example = &"redis://127.0.0.1:6379")]
    pub redis: Option<Address>,
    /// In memory, gone with the process.
    #[schemars(example = true)]
    pub memory: Option<bool>,
}

impl KvTable {
    fn check(&self, label: &str, project: &Checking<'_>, findings: &mut Findings<'_>) {
        let named = [
            ("sqlite", self.sqlite.is_some()),
            ("redis", self.redis.is_some()),
            ("memory", self.memory == Some(true)),
        ];
        findings.one_of(
            &["kv", label],
            &named,
            "sqlite = \"kv.db\", redis = \"redis://…\" and memory = true",
        );
        if let Some(file) = &self.sqlite {
            findings.sqlite(&["kv", label, "sqlite"], file, "kv.db", project);
        }
        if let Some(address) = &self.redis {
            findings.address(&["kv", label, "redis"], address, project, &REDIS);
        }
    }
}

impl Section for KvSection {
    fn open<'a>(&'a self, opening: &'a mut Opening<'_>) -> BoxFuture<'a, Result<(), OpenError>> {
        let open = async {
            let mut opened = Opened::default();
            let mut buckets = HashMap::new();
            for (label, table) in &self.kv {
                buckets.insert(label.clone(), opened.backend(label, table, opening).await?);
            }
            opening.capabilities.add(Kv::new(buckets, opening.environment.clone()));
            Ok(())
        };
        open.boxed()
    }

    fn check(&self, project: &Checking<'_>, findings: &mut Findings<'_>) {
        findings.labels("kv");
        self.kv.iter().for_each(|(label, table)| table.check(label, project, findings));
    }

    fn backends(&self) -> Vec<KeptIn> {
        let place = |table: &KvTable| match (&table.redis, &table.sqlite) {
            (Some(address), _) => BackendPlace::Redis(address.clone()),
            (None, Some(file)) => BackendPlace::Sqlite(file.clone()),
            (None, None) => BackendPlace::Memory,
        };
        self.kv.iter().map(|(label, table)| KeptIn::new(format!("[kv.{label}]"), place(table))).collect()
    }
}

/// The back ends that are open, by file or URL.
#[derive(Default)]
struct Opened(HashMap<String, Arc<dyn Backend>>);

impl Opened {
    async fn backend(
        &mut self,
        label: &str,
        table: &KvTable,
        opening: &Opening<'_>,
    ) -> Result<Arc<dyn Backend>, OpenError> {
        let what = format!("[kv.{label}]");
        let place = match (&table.redis, &table.sqlite) {
            (Some(address), _) => opening.url(&what, address)?,
            (None, Some(file)) => file.clone(),
            (None, None) => return Ok(Arc::new(Memory::default())),
        };
        if let Some(backend) = self.0.get(&place) {
            return Ok(backend.clone());
        }
        let backend: Arc<dyn Backend> = if table.redis.is_some() {
            // Apps that share a Redis differ in their name.
            let prefix = format!("flux:{}", opening.app.name);
            Arc::new(Redis::open(&place, &prefix).await.map_err(OpenError::hinting(&what))?)
        } else {
            let opened = Sqlite::open(&opening.database(&place)).await;
            Arc::new(opened.map_err(|error| OpenError::Backend {
                what,
                hint: error.hint(),
                source: error.into(),
            })?)
        };
        self.0.insert(place, backend.clone());
        Ok(backend)
    }
}
