//! One call at the boundary, through the capability's view: what a guest pays without the Wasm part.
//!
//! Included, as for a guest: the strings that lifting allocates for the call's arguments, the count
//! of calls, the time limit around every live action, the back end, and dropping the result. The
//! clock is the machine's.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Context, Result};
use flux_cap_db::{Database, Db, DbOptions, Sqlite};
use flux_cap_kv::{Backend, Kv, Memory};
use flux_host::bindings::flux::host::db::{HostConnection, Value};
use flux_host::bindings::flux::host::kv::{HostBucket, SetOptions};
use flux_host::{Capabilities, Environment, Execution, Limits, System};
use flux_recorder::{Journal, KeepAll, MemoryJournal, Recording, Session};
use flux_replay::Replay;
use tempfile::TempDir;
use wasmtime::component::Resource;

use crate::journal::{begin, end};

/// A call that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `kv.bucket.get` of a value of so many bytes, in memory.
    KvGet(usize),
    /// `db.connection.query` of one row with three columns, by its key, on SQLite.
    DbQuery,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::KvGet(64), Self::KvGet(4096), Self::DbQuery];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::KvGet(64) => "kv.get 64 B",
            Self::KvGet(_) => "kv.get 4 KiB",
            Self::DbQuery => "db.query one row",
        }
    }

    /// The bytes that the caller gave and got, and would pay for in any format: label, key or SQL,
    /// and the values themselves.
    pub fn payload(self) -> usize {
        match self {
            Self::KvGet(size) => "main".len() + KEY.len() + size + "1".len(),
            Self::DbQuery => "main".len() + SQL.len() + "o-17".len() * 2 + "paid".len() + size_of::<i64>(),
        }
    }
}

const KEY: &str = "customer:4711:cart";
const SQL: &str = "SELECT id, amount, status FROM orders WHERE id = $1";

/// The back ends, filled.
pub struct World {
    capabilities: Arc<Capabilities>,
    environment: Arc<dyn Environment>,
    _folder: TempDir,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// Opens and fills the back ends.
    pub async fn open(call: Call) -> Result<Self> {
        let environment: Arc<dyn Environment> = Arc::new(System::new());
        let folder = tempfile::tempdir()?;
        let mut capabilities = Capabilities::default();
        match call {
            Call::KvGet(size) => capabilities.add(buckets(size, &environment).await?),
            Call::DbQuery => capabilities.add(databases(&folder).await?),
        }
        Ok(Self { capabilities: Arc::new(capabilities), environment, _folder: folder })
    }

    /// A caller with nothing recorded.
    pub async fn live(&self, call: Call) -> Result<Caller> {
        Caller::open(call, self.execution(Session::live([0; 32]), self.capabilities.clone())).await
    }

    /// A caller that is recorded.
    pub async fn recorded(&self, call: Call, id: uuid::Uuid, journal: Box<dyn Journal>) -> Result<Caller> {
        let session = Session::record(begin(id), journal, Arc::new(KeepAll))?;
        Caller::open(call, self.execution(session, self.capabilities.clone())).await
    }

    /// A caller that is answered from a recording, with nothing to act with.
    pub async fn replaying(&self, call: Call, recording: Arc<Recording>) -> Result<Caller> {
        let session = Replay::by_the_same(recording).session();
        Caller::open(call, self.execution(session, Arc::default())).await
    }

    /// The journal of so many calls.
    pub async fn journal(&self, call: Call, calls: u64) -> Result<Vec<u8>> {
        let journal = MemoryJournal::default();
        let mut caller = self.recorded(call, uuid::Uuid::nil(), Box::new(journal.clone())).await?;
        caller.calls(calls).await?;
        caller.execution.end(end())?;
        Ok(journal.bytes())
    }

    fn execution(&self, session: Session, capabilities: Arc<Capabilities>) -> Execution {
        let limits = Limits { calls: u64::MAX, time_ms: 3_600_000, ..Limits::default() };
        Execution::new(session, self.environment.clone(), capabilities, limits)
    }
}

async fn buckets(size: usize, environment: &Arc<dyn Environment>) -> Result<Kv> {
    let memory = Memory::default();
    let options = SetOptions { ttl_ms: None, only_if: None };
    memory.set("main", KEY, &vec![b'v'; size], &options, 0).await?;
    let main: Arc<dyn Backend> = Arc::new(memory);
    Ok(Kv::new(HashMap::from([("main".to_owned(), main)]), environment.clone()))
}

async fn databases(folder: &TempDir) -> Result<Db> {
    let sqlite = Sqlite::open(&folder.path().join("main.db"), DbOptions::default()).await?;
    sqlite.execute("CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER, status TEXT)", &[]).await?;
    for index in 0..100 {
        let id = Value::Text(format!("o-{index}"));
        sqlite.execute("INSERT INTO orders VALUES ($1, 1999, 'paid')", &[id]).await?;
    }
    let main: Arc<dyn Database> = Arc::new(sqlite);
    Ok(Db::new(HashMap::from([("main".to_owned(), main)])))
}

/// Makes one kind of call, again and again.
#[derive(Debug)]
pub struct Caller {
    execution: Execution,
    call: Call,
    handle: u32,
}

impl Caller {
    async fn open(call: Call, mut execution: Execution) -> Result<Self> {
        let name = "main".to_owned();
        let handle = match call {
            Call::KvGet(_) => flux_cap_kv::View(&mut execution).open(name).await?.map(|it| it.rep())?,
            Call::DbQuery => {
                let mut view = flux_cap_db::View(&mut execution);
                HostConnection::open(&mut view, name).await?.map(|it| it.rep())?
            }
        };
        Ok(Self { execution, call, handle })
    }

    /// So many calls, one after the other.
    #[inline(never)]
    pub async fn calls(&mut self, calls: u64) -> Result<()> {
        match self.call {
            Call::KvGet(_) => {
                for _ in 0..calls {
                    self.kv_get().await?;
                }
            }
            Call::DbQuery => {
                for _ in 0..calls {
                    self.db_query().await?;
                }
            }
        }
        Ok(())
    }

    /// Ends the execution, as the engine does.
    pub fn end(mut self) -> Result<()> {
        self.execution.end(end()).map(drop).context("the session cannot end")
    }

    async fn kv_get(&mut self) -> Result<()> {
        let (bucket, key) = (Resource::new_borrow(self.handle), black_box(KEY).to_owned());
        let entry = flux_cap_kv::View(&mut self.execution).get(bucket, key).await??;
        anyhow::ensure!(black_box(entry).is_some(), "the key is gone");
        Ok(())
    }

    async fn db_query(&mut self) -> Result<()> {
        let (connection, sql) = (Resource::new_borrow(self.handle), black_box(SQL).to_owned());
        let params = vec![Value::Text("o-17".to_owned())];
        let mut view = flux_cap_db::View(&mut self.execution);
        let rows = HostConnection::query(&mut view, connection, sql, params).await??;
        anyhow::ensure!(black_box(rows).rows.len() == 1, "the row is gone");
        Ok(())
    }
}
