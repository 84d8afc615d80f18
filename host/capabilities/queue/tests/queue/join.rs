//! Jobs that are sent inside a guest's transaction on the queue's own database.

use std::sync::Arc;

use flux_cap_queue::*;
use flux_host::bindings::flux::host::db::{self, Rows, Value};
use flux_host::bindings::flux::host::queue::{Error, Options};
use flux_host::{DbFuture, Execution, Transaction};
use flux_recorder::Session;
use flux_test_services::Database;
use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool};

use crate::guest::{capabilities, execution, plain, send};
use crate::services::open;
use crate::support::*;

/// A transaction as the `db` capability has one: on a connection that the queue does not know of.
struct Real<DB: sqlx::Database>(sqlx::Transaction<'static, DB>);

macro_rules! real {
    ($db:ty) => {
        impl Transaction for Real<$db> {
            fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
                let mut query = sqlx::query_as::<$db, (String,)>(AssertSqlSafe(sql));
                for param in params {
                    query = match param {
                        Value::Integer(it) => query.bind(it),
                        Value::Text(it) => query.bind(it),
                        Value::Bytes(it) => query.bind(it),
                        other => panic!("{other:?} has no type"),
                    };
                }
                Box::pin(async move {
                    let rows = query.fetch_all(&mut *self.0).await.map_err(failed)?;
                    let rows = rows.into_iter().map(|(id,)| vec![Value::Text(id)]).collect();
                    Ok(Rows { columns: vec!["id".to_owned()], rows })
                })
            }

            fn execute<'a>(&'a mut self, _: &'a str, _: &'a [Value]) -> DbFuture<'a, u64> {
                panic!("a send asks for its id")
            }

            fn commit(self: Box<Self>) -> DbFuture<'static, ()> {
                Box::pin(async move { self.0.commit().await.map_err(failed) })
            }

            fn rollback(self: Box<Self>) -> DbFuture<'static, ()> {
                Box::pin(async move { self.0.rollback().await.map_err(failed) })
            }
        }
    };
}

real!(Sqlite);
real!(Postgres);

fn failed(error: sqlx::Error) -> db::Error {
    db::Error::Unavailable(error.to_string())
}

/// One execution that has the queue, and its transactions.
struct Guest {
    queues: Arc<Queues>,
    execution: Execution,
    identity: Arc<str>,
}

impl Guest {
    fn new(queue: Sql, identity: &str) -> Self {
        assert_eq!(queue.joins().unwrap().identity(), identity);
        let config = QueueConfig::new(Arc::new(queue));
        let capabilities = capabilities(&Arc::new(Still::default()), config);
        let queues = capabilities.get::<Queues>().unwrap();
        Self { queues, execution: execution(Session::live([0; 32]), capabilities), identity: identity.into() }
    }

    fn begun(&mut self, handle: u32, transaction: impl Transaction + 'static) {
        let identity = self.identity.clone();
        self.execution.transactions().add(handle, identity, Box::new(transaction));
    }

    async fn send(&mut self, key: Option<&str>) -> Result<String, Error> {
        let options = Options { idempotency_key: key.map(str::to_owned), ..plain() };
        send(&mut self.execution, "mail", options).await
    }

    async fn waiting(&self) -> u64 {
        self.queues.counts("mail").await.unwrap().waiting()
    }
}

/// A job is there if and when its transaction commits. `begin` begins one elsewhere.
async fn joined<T: Transaction + 'static>(mut guest: Guest, begin: impl AsyncFn() -> T) {
    guest.begun(1, begin().await);
    let rolled_back = guest.send(Some("k")).await.unwrap();
    let undone = guest.execution.transactions().take(1).unwrap();
    undone.rollback().await.unwrap();
    guest.begun(2, begin().await);
    guest.send(None).await.unwrap();
    drop(guest.execution.transactions().take(2).unwrap());
    assert_eq!(guest.waiting().await, 0);
    let sent = guest.queues.sent("mail").unwrap();
    if sent.notified().now_or_never().is_some() {
        // PostgreSQL's listener says once that it is there.
        assert!(guest.identity.starts_with("postgres"));
    }

    guest.begun(3, begin().await);
    let first = guest.send(Some("k")).await.unwrap();
    assert_ne!(first, rolled_back);
    assert_eq!(guest.send(Some("k")).await.unwrap(), first);
    let plain = guest.send(None).await.unwrap();
    assert_eq!(guest.waiting().await, 0);
    guest.execution.transactions().take(3).unwrap().commit().await.unwrap();
    within(sent.notified()).await;
    assert_eq!(guest.waiting().await, 2);
    assert_eq!(guest.send(Some("k")).await.unwrap(), first);
    for id in [first, plain] {
        assert_eq!(guest.queues.claim("mail").await.unwrap().unwrap().id, id);
    }
}

#[tokio::test]
async fn a_job_commits_with_a_transaction_on_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let queue = sqlite(folder.path()).await;
    let file = folder.path().join("queue.db").canonicalize().unwrap();
    let pool = SqlitePool::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let guest = Guest::new(queue, &format!("sqlite:{}", file.display()));
    joined(guest, async || Real(pool.begin_with("BEGIN IMMEDIATE").await.unwrap())).await;
}

#[tokio::test]
async fn a_job_commits_with_a_transaction_on_the_same_database() {
    let Some(database) = Database::new().await else {
        return;
    };
    let pool = PgPool::connect(&database.url()).await.unwrap();
    let identity = database.url().replace(":flux-test@", "@");
    let guest = Guest::new(open(&database).await, &identity);
    joined(guest, async || Real(pool.begin().await.unwrap())).await;
    pool.close().await;
}

#[tokio::test]
async fn a_transaction_on_another_database_is_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let queue = sqlite(folder.path()).await;
    let file = folder.path().join("queue.db").canonicalize().unwrap();
    let mut guest = Guest::new(queue, &format!("sqlite:{}", file.display()));
    let transaction = Box::new(Real(elsewhere.begin().await.unwrap()));
    guest.execution.transactions().add(1, "sqlite:/elsewhere.db".into(), transaction);
    guest.send(None).await.unwrap();
    drop(guest.execution.transactions().take(1).unwrap());
    assert_eq!(guest.waiting().await, 1);
}
