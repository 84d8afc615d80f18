//! A guest that calls the view, and the three ways in which it runs.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_db::{Database, Db, DbOptions, OpenError, Postgres, Sqlite, View};
use flux_host::bindings::flux::host::db::{Error, HostConnection, HostTransaction, Rows, Value};
use flux_host::{Capabilities, Execution, Limits, System};
use flux_recorder::{Begin, Digest, End, KeepAll, MemoryJournal, Recording, Session, Trigger, returned};
use flux_replay::Replay;
use tempfile::TempDir;
use wasmtime::component::Resource;

use crate::schema::Schema;

/// Which database a test is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// The tests of a file that are the same on both databases, each under its database's name.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::On::Sqlite).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if flux_test_services::service(flux_test_services::POSTGRES).is_some() {
                    super::$test($crate::support::On::Postgres).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;

/// Calls the view as a guest does.
pub struct Guest(pub Execution);

impl Guest {
    pub async fn open(&mut self, label: &str) -> Result<u32, Error> {
        let opened = HostConnection::open(&mut View(&mut self.0), label.to_owned()).await.unwrap();
        opened.map(|it| it.rep())
    }

    /// Opens `main`, which is there.
    pub async fn main(&mut self) -> u32 {
        self.open("main").await.unwrap()
    }

    pub async fn query(&mut self, connection: u32, sql: &str, params: Vec<Value>) -> Result<Rows, Error> {
        let resource = Resource::new_borrow(connection);
        HostConnection::query(&mut View(&mut self.0), resource, sql.to_owned(), params).await.unwrap()
    }

    pub async fn execute(&mut self, connection: u32, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        let resource = Resource::new_borrow(connection);
        HostConnection::execute(&mut View(&mut self.0), resource, sql.to_owned(), params).await.unwrap()
    }

    pub async fn begin(&mut self, connection: u32) -> Result<u32, Error> {
        let begun =
            HostConnection::begin(&mut View(&mut self.0), Resource::new_borrow(connection)).await.unwrap();
        begun.map(|it| it.rep())
    }

    pub async fn tx_query(&mut self, tx: u32, sql: &str, params: Vec<Value>) -> Result<Rows, Error> {
        let resource = Resource::new_borrow(tx);
        HostTransaction::query(&mut View(&mut self.0), resource, sql.to_owned(), params).await.unwrap()
    }

    pub async fn tx_execute(&mut self, tx: u32, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        let resource = Resource::new_borrow(tx);
        HostTransaction::execute(&mut View(&mut self.0), resource, sql.to_owned(), params).await.unwrap()
    }

    pub async fn commit(&mut self, tx: u32) -> Result<(), Error> {
        HostTransaction::commit(&mut View(&mut self.0), Resource::new_own(tx)).await.unwrap()
    }

    pub async fn rollback(&mut self, tx: u32) -> Result<(), Error> {
        HostTransaction::rollback(&mut View(&mut self.0), Resource::new_own(tx)).await.unwrap()
    }

    pub async fn drop_tx(&mut self, tx: u32) {
        HostTransaction::drop(&mut View(&mut self.0), Resource::new_own(tx)).await.unwrap();
    }

    /// Everything of a table, oldest row first: so both databases have it as long as no row was updated.
    pub async fn all(&mut self, connection: u32, table: &str) -> Vec<Vec<Value>> {
        let sql = format!("SELECT * FROM {table}");
        self.query(connection, &sql, vec![]).await.unwrap().rows
    }
}

/// A fresh database `main`, and what an execution needs of it.
pub struct World {
    database: Opened,
    pub folder: TempDir,
    // Last: it is dropped when nobody uses it any more.
    schema: Option<Schema>,
}

enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl World {
    pub async fn new(on: On, options: DbOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        match on {
            On::Sqlite => {
                let opened = Sqlite::open(&folder.path().join("main.db"), options).await.unwrap();
                Self { database: Opened::Sqlite(opened), folder, schema: None }
            }
            On::Postgres => {
                let schema = Schema::new().await;
                let opened = Postgres::open(&schema.address, options).await.unwrap();
                Self { database: Opened::Postgres(opened), folder, schema: Some(schema) }
            }
        }
    }

    pub async fn migrate(&self, folder: &Path) -> Result<(), OpenError> {
        match &self.database {
            Opened::Sqlite(it) => it.migrate(folder).await,
            Opened::Postgres(it) => it.migrate(folder).await,
        }
    }

    pub fn database(&self) -> Arc<dyn Database> {
        match &self.database {
            Opened::Sqlite(it) => Arc::new(it.clone()),
            Opened::Postgres(it) => Arc::new(it.clone()),
        }
    }

    /// The address of the schema, which is on Postgres.
    pub fn address(&self) -> &str {
        &self.schema.as_ref().unwrap().address
    }

    pub fn guest(&self, session: Session) -> Guest {
        guest(session, self.database())
    }

    pub fn live(&self) -> Guest {
        self.guest(Session::live([0; 32]))
    }
}

/// A guest whose `main` is this database.
pub fn guest(session: Session, main: Arc<dyn Database>) -> Guest {
    let mut capabilities = Capabilities::default();
    capabilities.add(Db::new(HashMap::from([("main".to_owned(), main)])));
    execution(session, capabilities)
}

fn execution(session: Session, capabilities: Capabilities) -> Guest {
    let environment = Arc::new(System::new());
    Guest(Execution::new(session, environment, Arc::new(capabilities), Limits::default()))
}

/// Small limits, so that tests reach them.
pub fn options() -> DbOptions {
    DbOptions {
        statement_timeout: Duration::from_secs(20),
        max_rows: 50,
        max_bytes: 4 << 20,
        max_connections: 4,
    }
}

fn begin() -> Begin {
    let trigger = Trigger { kind: "test".into(), name: "db".into(), input: vec![] };
    Begin {
        id: uuid::Uuid::nil(),
        parent: None,
        guest: Digest([0; 32]),
        engine: "none".into(),
        seed: [0; 32],
        started_ns: 0,
        trigger,
    }
}

/// Runs a script live, recorded and replayed with nothing to act with: all answers must be the same.
pub async fn play<T: Debug>(on: On, script: impl AsyncFn(&mut Guest) -> T) -> T {
    play_with(on, options(), script).await
}

pub async fn play_with<T: Debug>(on: On, options: DbOptions, script: impl AsyncFn(&mut Guest) -> T) -> T {
    let (first, second) = (World::new(on, options).await, World::new(on, options).await);
    let live = script(&mut first.live()).await;
    let journal = MemoryJournal::default();
    let session = Session::record(begin(), Box::new(journal.clone()), Arc::new(KeepAll)).unwrap();
    let mut recorder = second.guest(session);
    let recorded = script(&mut recorder).await;
    finish(&mut recorder);

    let recording = Arc::new(Recording::read(journal.bytes()).unwrap());
    let mut replay = Replay::by_the_same(Arc::clone(&recording));
    let mut replayer = execution(replay.session(), Capabilities::default());
    let replayed = script(&mut replayer).await;
    finish(&mut replayer);
    let end = replay.report().unwrap().unwrap();
    assert_eq!(end.divergences, vec![]);
    assert_eq!(end.answered, recording.effects.len());
    // As text, which tells 0.0 from -0.0.
    assert_eq!(format!("{live:?}"), format!("{recorded:?}"));
    assert_eq!(format!("{live:?}"), format!("{replayed:?}"));
    live
}

fn finish(guest: &mut Guest) {
    let end = End { outcome: returned(&200u16), elapsed_ns: 0, peak_memory: 0 };
    guest.0.end(end).unwrap();
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn int(number: i64) -> Value {
    Value::Integer(number)
}
