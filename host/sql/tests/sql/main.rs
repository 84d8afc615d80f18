//! Connections that fail, on both databases.

#![expect(clippy::unwrap_used, reason = "a panic is the test's report")]

mod gone;

use std::time::Duration;

use flux_sql::{
    Address, Database, Error, File, FileOptions, PoolOptions, Schema, Server, Statement, Step, Transaction,
};
use flux_test_services::Database as Postgres;
use tempfile::TempDir;

/// One connection: whoever comes next would get the one that failed.
fn one() -> PoolOptions {
    PoolOptions { max_connections: 1, ..PoolOptions::default() }
}

fn file(folder: &TempDir) -> Database {
    Database::sqlite(File::new(&folder.path().join("test.db"), &FileOptions::default()), one())
}

fn server(postgres: &Postgres, options: PoolOptions) -> Database {
    Database::postgres(Server::new(&Address::parse(&postgres.url()).unwrap()), options)
}

async fn count(database: &Database) -> i64 {
    let rows = database.fetch(Statement::of("SELECT count(*) FROM t")).await.unwrap();
    rows[0].get(0).unwrap()
}

async fn table(database: &Database) {
    database.execute(Statement::of("CREATE TABLE t (text TEXT)")).await.unwrap();
}

/// Has the connection see a disk that is full from here on. Only this connection: the next one sees room.
async fn full(transaction: &mut Transaction) {
    transaction.fetch(Statement::of("PRAGMA max_page_count = 1")).await.unwrap();
}

async fn insert(transaction: &mut Transaction) -> Result<u64, Error> {
    // More than fits into a page that is there already.
    transaction.execute(Statement::of("INSERT INTO t VALUES (?)").with("x".repeat(100_000))).await
}

#[tokio::test]
async fn after_a_full_disk_the_next_transaction_begins_anew() {
    let folder = TempDir::new().unwrap();
    let database = file(&folder);
    table(&database).await;
    for how in ["dropped", "rolled back", "committed"] {
        let mut transaction = database.begin().await.unwrap();
        full(&mut transaction).await;
        let error = insert(&mut transaction).await.unwrap_err().to_string();
        assert!(error.contains("full"), "{error}");
        match how {
            "dropped" => drop(transaction),
            "rolled back" => transaction.rollback().await,
            _ => assert!(transaction.commit().await.is_err()),
        }
        let mut transaction = database.begin().await.unwrap();
        insert(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
    assert_eq!(count(&database).await, 3);
}

#[tokio::test]
async fn a_batch_that_fails_in_its_middle_leaves_nothing_and_harms_nobody() {
    let folder = TempDir::new().unwrap();
    let database = file(&folder);
    table(&database).await;
    let good = || Statement::of("INSERT INTO t VALUES ('a')");
    let statements = [good(), Statement::of("INSERT INTO missing VALUES ('b')")];
    assert!(database.run_all(statements.into_iter(), 0).await.is_err());
    assert_eq!(count(&database).await, 0);
    database.run_all([good(), good()].into_iter(), 0).await.unwrap();
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn a_statement_that_runs_too_long_is_stopped_and_its_connection_is_closed() {
    let folder = TempDir::new().unwrap();
    let options = PoolOptions { statement: Duration::from_millis(200), ..one() };
    let path = folder.path().join("test.db");
    let database = Database::sqlite(File::new(&path, &FileOptions::default()), options);
    table(&database).await;
    let forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let mut transaction = database.begin().await.unwrap();
    transaction.execute(Statement::of("INSERT INTO t VALUES ('a')")).await.unwrap();
    assert!(matches!(transaction.fetch(Statement::of(forever)).await, Err(Error::Timeout)));
    assert!(matches!(transaction.fetch(Statement::of("SELECT 1")).await, Err(Error::Closed)));
    drop(transaction);
    assert_eq!(count(&database).await, 0);
}

#[tokio::test]
async fn all_connections_in_use_is_busy() {
    let folder = TempDir::new().unwrap();
    let options = PoolOptions { statement: Duration::from_millis(100), ..one() };
    let path = folder.path().join("test.db");
    let database = Database::sqlite(File::new(&path, &FileOptions::default()), options);
    let held = database.begin().await.unwrap();
    assert!(matches!(database.begin().await, Err(Error::Busy(1))));
    drop(held);
    assert!(database.begin().await.is_ok());
}

#[tokio::test]
async fn a_server_that_ends_a_connection_is_asked_on_another() {
    let Some(postgres) = Postgres::new().await else { return };
    let database = server(&postgres, one());
    database.execute(Statement::of("CREATE TABLE t (text TEXT)")).await.unwrap();
    let mut transaction = database.begin().await.unwrap();
    let end = "SELECT pg_terminate_backend(pg_backend_pid())";
    let error = transaction.fetch(Statement::of(end)).await.unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
    drop(transaction);
    assert_eq!(count(&database).await, 0);
}

#[tokio::test]
async fn a_database_that_was_away_is_asked_on_a_new_connection() {
    let Some(postgres) = Postgres::new().await else { return };
    let database = server(&postgres, one());
    database.execute(Statement::of("CREATE TABLE t (text TEXT)")).await.unwrap();
    postgres.cut().await;
    assert!(database.fetch(Statement::of("SELECT 1")).await.is_err());
    postgres.mend().await;
    assert_eq!(count(&database).await, 0);
}

/// Where a table of this name is found.
async fn schema_of(database: &Database, table: &str) -> String {
    let sql = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass($1)";
    database.fetch(Statement::of(sql).with(table)).await.unwrap()[0].get(0).unwrap()
}

#[tokio::test]
async fn tables_of_the_role_that_is_named_as_the_hosts_schema_stay_where_they_are() {
    let Some(postgres) = Postgres::new().await else { return };
    assert!(postgres.url().starts_with("postgres://flux:"), "the role that this is about");
    let database = server(&postgres, one());
    table(&database).await;
    // As the host does when a queue, a schedule or the record store begins to be in the same database.
    database.execute(Statement::of("CREATE SCHEMA flux")).await.unwrap();
    // On the connection that was given back, and on a new one.
    for database in [&database, &server(&postgres, one())] {
        assert_eq!(schema_of(database, "t").await, "public");
        database.execute(Statement::of("CREATE TABLE IF NOT EXISTS t (text TEXT)")).await.unwrap();
        assert_eq!(schema_of(database, "t").await, "public");
    }
}

#[tokio::test]
async fn strangers_find_nothing_of_each_other() {
    let Some(postgres) = Postgres::new().await else { return };
    let database = server(&postgres, PoolOptions { strangers: true, ..one() });
    database.execute(Statement::of("SET search_path = pg_catalog")).await.unwrap();
    let rows = database.fetch(Statement::of("SHOW search_path")).await.unwrap();
    assert_ne!(rows[0].get::<String>(0).unwrap(), "pg_catalog");
}

const FIRST: Schema = Schema {
    exists: "SELECT count(*) FROM sqlite_master WHERE name = 't'",
    version: "PRAGMA user_version",
    remember: Some(|version| format!("PRAGMA user_version = {version}")),
    steps: &[Step { from: 0, to: 1, sql: "CREATE TABLE t (text TEXT); INSERT INTO t VALUES ('a')" }],
};
const SECOND: Schema = Schema {
    steps: &[
        FIRST.steps[0],
        Step { from: 1, to: 2, sql: "INSERT INTO t VALUES ('b'); CREATE TABLE u (i INTEGER)" },
    ],
    ..FIRST
};

#[tokio::test]
async fn a_schema_is_brought_up_to_date_once_and_a_newer_one_stays() {
    let folder = TempDir::new().unwrap();
    let database = file(&folder);
    assert_eq!(FIRST.migrate(&database).await.unwrap(), 0);
    assert_eq!(FIRST.migrate(&database).await.unwrap(), 1);
    assert_eq!(SECOND.migrate(&database).await.unwrap(), 1);
    assert_eq!(FIRST.migrate(&database).await.unwrap(), 2);
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn a_step_that_fails_changes_nothing() {
    const WRONG: Schema = Schema {
        steps: &[FIRST.steps[0], Step { from: 1, to: 2, sql: "INSERT INTO t VALUES ('b'); CREATE TABEL u" }],
        ..FIRST
    };
    let folder = TempDir::new().unwrap();
    let database = file(&folder);
    FIRST.migrate(&database).await.unwrap();
    assert!(WRONG.migrate(&database).await.is_err());
    assert_eq!((FIRST.found(&database).await.unwrap(), count(&database).await), (1, 1));
}
