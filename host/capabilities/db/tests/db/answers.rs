//! Values, columns and limits.

use flux_cap_db::DbOptions;
use flux_host::bindings::flux::host::db::{Error, Value};

use crate::support::{On, World, int, on_both, options, play, play_with, text};

on_both! {
    every_type_comes_back,
    columns_are_there_without_rows,
    an_altered_table_has_its_new_columns,
    too_many_rows_are_an_error_that_names_the_limit,
    too_many_bytes_are_an_error_that_names_the_limit,
    a_change_whose_answer_is_too_long_is_undone,
    the_number_of_changes_is_that_of_the_statement,
    returning_gives_rows_and_stays,
}

pub async fn round_trip(on: On, declared: &str, values: Vec<Value>) -> Vec<Value> {
    play(on, async |guest| {
        let main = guest.main().await;
        guest.execute(main, &format!("CREATE TABLE t (v {declared})"), vec![]).await.unwrap();
        for value in &values {
            assert_eq!(guest.execute(main, "INSERT INTO t VALUES ($1)", vec![value.clone()]).await, Ok(1));
        }
        guest.all(main, "t").await.into_iter().flatten().collect()
    })
    .await
}

pub async fn same(on: On, declared: &str, values: Vec<Value>) {
    assert_eq!(round_trip(on, declared, values.clone()).await, values, "{declared}");
}

async fn every_type_comes_back(on: On) {
    same(on, "BIGINT", vec![int(i64::MIN), int(i64::MAX), int(0), int((1 << 53) + 1), Value::Null]).await;
    let reals = [0.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, 1e300];
    same(on, "DOUBLE PRECISION", reals.map(Value::Real).to_vec()).await;
    same(on, "TEXT", vec![text(""), Value::Null, text("naïve 日本 🦀"), text("it's \"quoted\"\\\n")]).await;
    let bytes = [vec![], vec![0, 255], vec![7; 1 << 20]];
    same(on, "BYTEA", bytes.map(Value::Bytes).to_vec()).await;
    same(on, "BOOLEAN", vec![Value::Boolean(true), Value::Boolean(false), Value::Null]).await;
}

async fn columns_are_there_without_rows(on: On) {
    let rows = play(on, async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (id INTEGER, name TEXT)", vec![]).await.unwrap();
        guest.query(main, "SELECT name, id AS number FROM t WHERE id = $1", vec![int(1)]).await.unwrap()
    })
    .await;
    assert_eq!((rows.columns, rows.rows), (vec!["name".to_owned(), "number".to_owned()], vec![]));
}

async fn an_altered_table_has_its_new_columns(on: On) {
    let rows = play(on, async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (a INTEGER)", vec![]).await.unwrap();
        guest.execute(main, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
        guest.all(main, "t").await;
        guest.execute(main, "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 2", vec![]).await.unwrap();
        let after = guest.all(main, "t").await;
        // The same in a transaction that is undone.
        let tx = guest.begin(main).await.unwrap();
        guest.tx_query(tx, "SELECT * FROM t WHERE a = $1", vec![int(1)]).await.unwrap();
        guest.tx_execute(tx, "ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 3", vec![]).await.unwrap();
        let sql = "SELECT * FROM t WHERE a = $1";
        let inside = guest.tx_query(tx, sql, vec![int(1)]).await.unwrap().rows;
        guest.rollback(tx).await.unwrap();
        (after, inside, guest.query(main, sql, vec![int(1)]).await.unwrap().rows)
    });
    let (after, inside, undone) = rows.await;
    assert_eq!(after, [[int(1), int(2)]]);
    assert_eq!(inside, [[int(1), int(2), int(3)]]);
    assert_eq!(undone, [[int(1), int(2)]]);
}

const COUNT: &str = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n";

async fn too_many_rows_are_an_error_that_names_the_limit(on: On) {
    let (fits, more) = play(on, async |guest| {
        let main = guest.main().await;
        let fits = guest.query(main, COUNT, vec![int(50)]).await.unwrap().rows.len();
        // Billions: it must be stopped, and not read to the end.
        (fits, guest.query(main, COUNT, vec![int(i64::MAX)]).await)
    })
    .await;
    assert_eq!(fits, 50);
    let Err(Error::Invalid(failure)) = more else { panic!("{more:?}") };
    assert_eq!(failure.message, "the answer has more than 50 rows; hint: add LIMIT");
}

async fn too_many_bytes_are_an_error_that_names_the_limit(on: On) {
    let options = DbOptions { max_bytes: 1000, ..options() };
    let (fits, more) = play_with(on, options, async |guest| {
        let main = guest.main().await;
        let sql = "SELECT CAST($1 AS TEXT)";
        let fits = guest.query(main, sql, vec![text(&"x".repeat(992))]).await.is_ok();
        (fits, guest.query(main, sql, vec![text(&"x".repeat(993))]).await)
    })
    .await;
    assert!(fits);
    let Err(Error::Invalid(failure)) = more else { panic!("{more:?}") };
    assert_eq!(failure.message, "the answer is longer than 1000 bytes; hint: select less");
}

async fn a_change_whose_answer_is_too_long_is_undone(on: On) {
    let (answer, left) = play(on, async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (i BIGINT)", vec![]).await.unwrap();
        let insert = format!("INSERT INTO t {} RETURNING i", COUNT.replace("$1", "200"));
        let answer = guest.query(main, &insert, vec![]).await;
        (answer, guest.all(main, "t").await)
    })
    .await;
    assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    assert_eq!(left.len(), 0);
}

async fn the_number_of_changes_is_that_of_the_statement(on: On) {
    let counts = play(on, async |guest| {
        let main = guest.main().await;
        let mut counts = Vec::new();
        for sql in [
            "CREATE TABLE t (i INTEGER)",
            "INSERT INTO t VALUES (1), (2), (3)",
            "SELECT * FROM t",
            "UPDATE t SET i = i + 1 WHERE i > 1",
            "CREATE INDEX named ON t (i)",
            "WITH old AS (SELECT 1 AS i) DELETE FROM t WHERE i IN (SELECT i FROM old)",
            "DELETE FROM t WHERE i = 99",
        ] {
            counts.push(guest.execute(main, sql, vec![]).await.unwrap());
        }
        counts
    });
    assert_eq!(counts.await, [0, 3, 0, 2, 0, 1, 0]);
}

async fn returning_gives_rows_and_stays(on: On) {
    let world = World::new(on, options()).await;
    let mut guest = world.live();
    let main = guest.main().await;
    guest.execute(main, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", vec![]).await.unwrap();
    let sql = "INSERT INTO t VALUES (1, $1) RETURNING id, v";
    let rows = guest.query(main, sql, vec![text("a")]).await.unwrap();
    assert_eq!(rows.rows, [[int(1), text("a")]]);
    assert_eq!(guest.all(main, "t").await, [[int(1), text("a")]]);
}
