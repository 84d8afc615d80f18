//! A fresh back end of each kind.

use std::sync::Arc;

use flux_cap_kv::{Backend, Memory, Redis, Sqlite};
use flux_test_services::{REDIS, service};
use tempfile::TempDir;

/// The back ends; what they wrote goes with this.
pub struct Backends {
    pub each: Vec<(&'static str, Arc<dyn Backend>)>,
    // Dropped in this order.
    _keyspace: Option<Keyspace>,
    _folder: TempDir,
}

/// Memory, SQLite and, where there is one, Redis.
pub async fn backends() -> Backends {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&folder.path().join("kv.db")).await.unwrap();
    let mut each: Vec<(_, Arc<dyn Backend>)> =
        vec![("memory", Arc::new(Memory::default())), ("sqlite", Arc::new(sqlite))];
    let keyspace = Keyspace::new();
    if let Some(keyspace) = &keyspace {
        each.push(("redis", Arc::new(keyspace.open().await)));
    }
    Backends { each, _keyspace: keyspace, _folder: folder }
}

/// Keys of one test's own in the Redis that all tests share.
pub struct Keyspace {
    url: String,
    pub prefix: String,
    // Its name is nobody else's.
    _folder: TempDir,
}

impl Keyspace {
    pub fn new() -> Option<Self> {
        let url = service(REDIS)?;
        let folder = tempfile::Builder::new().prefix("flux-test-").tempdir().unwrap();
        let prefix = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        Some(Self { url, prefix, _folder: folder })
    }

    /// Another client, with a connection of its own.
    pub async fn open(&self) -> Redis {
        Redis::open(&self.url, &self.prefix).await.unwrap()
    }

    /// Past the back end: what an operator sees.
    pub fn query<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        command.query(&mut connection).unwrap()
    }
}

impl Drop for Keyspace {
    fn drop(&mut self) {
        let mut pattern = redis::cmd("KEYS");
        let keys: Vec<Vec<u8>> = self.query(pattern.arg(format!("{}:*", self.prefix)));
        if !keys.is_empty() {
            self.query::<()>(redis::cmd("UNLINK").arg(keys));
        }
    }
}
