//! Values, columns and limits.

use flux_cap_db::SqliteOptions;
use flux_host::bindings::flux::host::db::{Error, Value};

use crate::support::{World, int, options, play, play_with, text};

async fn round_trip(declared: &str, values: Vec<Value>) -> Vec<Value> {
    play(async |guest| {
        let main = guest.main().await;
        guest.execute(main, &format!("CREATE TABLE t (v {declared})"), vec![]).await.unwrap();
        for value in &values {
            assert_eq!(guest.execute(main, "INSERT INTO t VALUES (?)", vec![value.clone()]).await, Ok(1));
        }
        guest.all(main, "t").await.into_iter().flatten().collect()
    })
    .await
}

async fn same(declared: &str, values: Vec<Value>) {
    assert_eq!(round_trip(declared, values.clone()).await, values, "{declared}");
}

#[tokio::test]
async fn every_type_comes_back() {
    same("INTEGER", vec![int(i64::MIN), int(i64::MAX), int(0), int((1 << 53) + 1), Value::Null]).await;
    let reals = [0.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, 1e300];
    same("REAL", reals.map(Value::Real).to_vec()).await;
    same("TEXT", vec![text(""), Value::Null, text("naïve 日本 🦀"), text("it's \"quoted\"\n"), text("a\0b")])
        .await;
    same(
        "BLOB",
        vec![Value::Bytes(vec![]), Value::Null, Value::Bytes(vec![0, 255]), Value::Bytes(vec![7; 1 << 20])],
    )
    .await;
}

#[tokio::test]
async fn a_boolean_is_one_in_a_column_declared_so() {
    let both = vec![Value::Boolean(true), Value::Boolean(false), Value::Null];
    same("BOOLEAN", both.clone()).await;
    assert_eq!(round_trip("INTEGER", both).await, [int(1), int(0), Value::Null]);
    // SQLite would keep a 7 there; it is not passed off as true.
    same("BOOLEAN", vec![int(7)]).await;
}

#[tokio::test]
async fn what_was_stored_counts_and_not_what_was_declared() {
    let values = vec![text("2024-02-29"), int(7), Value::Real(0.5)];
    same("TIMESTAMP", values.clone()).await;
    same("DATE", values.clone()).await;
    same("", values).await;
}

#[tokio::test]
async fn minus_zero_is_kept_outside_of_tables_of_reals() {
    let rows = play(async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT ?", vec![Value::Real(-0.0)]).await.unwrap().rows
    })
    .await;
    assert_eq!(format!("{rows:?}"), "[[Value::Real(-0.0)]]");
}

#[tokio::test]
async fn nan_is_refused() {
    let nan = play(async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT ?", vec![Value::Real(f64::NAN)]).await
    });
    let Err(Error::Invalid(failure)) = nan.await else { panic!("NaN was taken") };
    assert_eq!(failure.message, "parameter 1 cannot be sent: it is NaN, which SQLite would store as NULL");
}

#[tokio::test]
async fn text_that_is_none_is_an_error() {
    let answer = play(async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT CAST(x'ff' AS TEXT) AS broken", vec![]).await
    });
    let Err(Error::Invalid(failure)) = answer.await else { panic!("it was taken") };
    assert!(failure.message.starts_with("column broken cannot be read"), "{failure:?}");
}

#[tokio::test]
async fn columns_are_there_without_rows() {
    let rows = play(async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (id INTEGER, name TEXT)", vec![]).await.unwrap();
        guest.query(main, "SELECT name, id AS number FROM t WHERE id = $1", vec![int(1)]).await.unwrap()
    })
    .await;
    assert_eq!((rows.columns, rows.rows), (vec!["name".to_owned(), "number".to_owned()], vec![]));
}

#[tokio::test]
async fn an_altered_table_has_its_new_columns() {
    let rows = play(async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (a)", vec![]).await.unwrap();
        guest.execute(main, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
        guest.all(main, "t").await;
        guest.execute(main, "ALTER TABLE t ADD COLUMN b DEFAULT 2", vec![]).await.unwrap();
        guest.all(main, "t").await
    });
    assert_eq!(rows.await, [[int(1), int(2)]]);
}

const COUNT: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n";

#[tokio::test]
async fn too_many_rows_are_an_error_that_names_the_limit() {
    let (fits, more) = play(async |guest| {
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

#[tokio::test]
async fn too_many_bytes_are_an_error_that_names_the_limit() {
    let options = SqliteOptions { max_bytes: 1000, ..options() };
    let (fits, more) = play_with(options, async |guest| {
        let main = guest.main().await;
        let fits = guest.query(main, "SELECT zeroblob(992)", vec![]).await.is_ok();
        (fits, guest.query(main, "SELECT zeroblob(993)", vec![]).await)
    })
    .await;
    assert!(fits);
    let Err(Error::Invalid(failure)) = more else { panic!("{more:?}") };
    assert_eq!(failure.message, "the answer is longer than 1000 bytes; hint: select less");
}

#[tokio::test]
async fn a_change_whose_answer_is_too_long_is_undone() {
    let (answer, left) = play(async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (i)", vec![]).await.unwrap();
        let insert = format!("INSERT INTO t {} RETURNING i", COUNT.replace('?', "200"));
        let answer = guest.query(main, &insert, vec![]).await;
        (answer, guest.all(main, "t").await)
    })
    .await;
    assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn the_number_of_changes_is_that_of_the_statement() {
    let counts = play(async |guest| {
        let main = guest.main().await;
        let mut counts = Vec::new();
        for sql in [
            "CREATE TABLE t (i)",
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

#[tokio::test]
async fn returning_gives_rows_and_stays() {
    let world = World::new(options()).await;
    let mut guest = world.live();
    let main = guest.main().await;
    guest.execute(main, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)", vec![]).await.unwrap();
    let rows =
        guest.query(main, "INSERT INTO t (v) VALUES ($1) RETURNING id", vec![text("a")]).await.unwrap();
    assert_eq!(rows.rows, [[int(1)]]);
    assert_eq!(guest.all(main, "t").await, [[int(1), text("a")]]);
}
