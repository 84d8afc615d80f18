//! Databases that are removed, replaced or emptied while they are open.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A file with the tables of [`FIRST`], and where it is.
async fn open(folder: &TempDir) -> (Database, PathBuf) {
    let path = folder.path().join("data/test.db");
    fs::create_dir_all(folder.path().join("data")).unwrap();
    let database = Database::prepared_sqlite(File::new(&path, &FileOptions::default()), one(), FIRST);
    database.reach().await.unwrap();
    (database, path)
}

async fn add(database: &Database) {
    database.execute(Statement::of("INSERT INTO t VALUES ('b')")).await.unwrap();
}

/// How many rows another process finds.
async fn seen_by_others(path: &Path) -> i64 {
    count(&Database::sqlite(File::new(path, &FileOptions::default()), one())).await
}

#[tokio::test]
async fn a_file_that_is_removed_is_made_anew_with_its_tables() {
    for with_companions in [false, true] {
        let folder = TempDir::new().unwrap();
        let (database, path) = open(&folder).await;
        add(&database).await;
        assert_eq!(count(&database).await, 2);
        fs::remove_file(&path).unwrap();
        if with_companions {
            fs::remove_file(path.with_extension("db-wal")).unwrap();
            fs::remove_file(path.with_extension("db-shm")).unwrap();
        }
        add(&database).await;
        assert_eq!((count(&database).await, seen_by_others(&path).await), (2, 2), "{with_companions}");
        add(&database).await;
        assert_eq!(seen_by_others(&path).await, 3);
    }
}

#[tokio::test]
async fn a_folder_that_is_removed_is_made_anew() {
    let folder = TempDir::new().unwrap();
    let (database, path) = open(&folder).await;
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    add(&database).await;
    assert_eq!(seen_by_others(&path).await, 2);
}

#[tokio::test]
async fn a_backup_that_is_put_in_place_is_used_without_the_log_of_the_other_file() {
    let folder = TempDir::new().unwrap();
    let (database, path) = open(&folder).await;
    let backup = folder.path().join("backup.db");
    let copy = Database::sqlite(File::new(&backup, &FileOptions::default()), one());
    FIRST.migrate(&copy).await.unwrap();
    copy.execute(Statement::of("INSERT INTO t SELECT 'old' FROM (VALUES (1), (2), (3))")).await.unwrap();
    copy.close().await;
    // These rows are in the log only.
    for _ in 0..50 {
        add(&database).await;
    }
    fs::rename(&backup, &path).unwrap();
    assert_eq!(count(&database).await, 4);
    add(&database).await;
    assert_eq!(seen_by_others(&path).await, 5);
    let sound = database.fetch(Statement::of("PRAGMA integrity_check")).await.unwrap();
    assert_eq!(sound[0].get::<String>(0).unwrap(), "ok");
}

#[tokio::test]
async fn a_transaction_is_not_committed_into_a_file_that_is_gone() {
    let folder = TempDir::new().unwrap();
    let (database, path) = open(&folder).await;
    let mut transaction = database.begin().await.unwrap();
    transaction.execute(Statement::of("INSERT INTO t VALUES ('b')")).await.unwrap();
    fs::remove_file(&path).unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::Lost(_)), "{error:?}");
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn a_file_that_is_only_read_is_not_made_anew() {
    let folder = TempDir::new().unwrap();
    let (database, path) = open(&folder).await;
    database.close().await;
    let read_only = FileOptions { read_only: true, ..FileOptions::default() };
    let reading = Database::sqlite(File::new(&path, &read_only), one());
    assert_eq!(count(&reading).await, 1);
    fs::remove_file(&path).unwrap();
    assert!(reading.fetch(Statement::of("SELECT 1")).await.is_err());
    assert!(!path.exists());
}

#[tokio::test]
async fn a_full_disk_is_told_with_the_file_and_what_to_do() {
    let folder = TempDir::new().unwrap();
    let (database, path) = open(&folder).await;
    let mut transaction = database.begin().await.unwrap();
    full(&mut transaction).await;
    let error = insert(&mut transaction).await.unwrap_err();
    assert_eq!(error.to_string(), "database or disk is full");
    let hint = error.hint().unwrap();
    assert!(hint.contains("free some space on the disk") && hint.contains(path.to_str().unwrap()), "{hint}");
}

const TABLES: Schema = Schema {
    exists: "SELECT count(*) FROM pg_tables WHERE schemaname = 'flux' AND tablename = 't'",
    version: "SELECT CAST(1 AS BIGINT)",
    remember: None,
    steps: &[Step { from: 0, to: 1, sql: "CREATE SCHEMA IF NOT EXISTS flux; CREATE TABLE flux.t (v TEXT)" }],
};
const ROW: &str = "INSERT INTO flux.t VALUES ('a')";

async fn prepared(postgres: &Postgres) -> Database {
    let server = Server::new(&Address::parse(&postgres.url()).unwrap());
    let database = Database::prepared_postgres(server, one(), TABLES);
    database.execute(Statement::of(ROW)).await.unwrap();
    database
}

#[tokio::test]
async fn a_database_that_is_dropped_is_away_and_one_that_is_made_again_has_its_tables() {
    let Some(postgres) = Postgres::new().await else { return };
    let database = prepared(&postgres).await;
    postgres.drop().await;
    assert!(database.execute(Statement::of(ROW)).await.is_err(), "the server ended the connection");
    let error = database.execute(Statement::of(ROW)).await.unwrap_err();
    let said = error.with_hint();
    assert!(said.contains("does not exist; hint: create the database postgres://"), "{said}");
    assert!(!said.contains("at line"), "{said}");
    postgres.make().await;
    assert_eq!(database.execute(Statement::of(ROW)).await.unwrap(), 1);
}

#[tokio::test]
async fn tables_that_are_dropped_by_hand_are_made_anew_by_the_next_use() {
    let Some(postgres) = Postgres::new().await else { return };
    let database = prepared(&postgres).await;
    for dropped in ["DROP TABLE flux.t", "DROP SCHEMA flux CASCADE"] {
        postgres.run(dropped).await;
        let said = database.execute(Statement::of(ROW)).await.unwrap_err().with_hint();
        assert!(said.contains("the next use makes them anew"), "{said}");
        assert_eq!(database.execute(Statement::of(ROW)).await.unwrap(), 1);
    }
}
