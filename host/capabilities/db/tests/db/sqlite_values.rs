//! Values as SQLite has them.

use flux_host::bindings::flux::host::db::{Error, Value};

use crate::answers::{round_trip, same};
use crate::support::{On, int, play, text};

#[tokio::test]
async fn a_boolean_is_one_in_a_column_declared_so() {
    let both = vec![Value::Boolean(true), Value::Boolean(false), Value::Null];
    assert_eq!(round_trip(On::Sqlite, "INTEGER", both).await, [int(1), int(0), Value::Null]);
    // SQLite would keep a 7 there; it is not passed off as true.
    same(On::Sqlite, "BOOLEAN", vec![int(7)]).await;
}

#[tokio::test]
async fn what_was_stored_counts_and_not_what_was_declared() {
    let values = vec![text("2024-02-29"), int(7), Value::Real(0.5)];
    same(On::Sqlite, "TIMESTAMP", values.clone()).await;
    same(On::Sqlite, "DATE", values.clone()).await;
    same(On::Sqlite, "", values).await;
}

#[tokio::test]
async fn minus_zero_is_kept_outside_of_tables_of_reals() {
    let rows = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT ?", vec![Value::Real(-0.0)]).await.unwrap().rows
    })
    .await;
    assert_eq!(format!("{rows:?}"), "[[Value::Real(-0.0)]]");
}

#[tokio::test]
async fn nan_is_refused() {
    let nan = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT ?", vec![Value::Real(f64::NAN)]).await
    });
    let Err(Error::Invalid(failure)) = nan.await else { panic!("NaN was taken") };
    assert_eq!(failure.message, "parameter 1 cannot be sent: it is NaN, which SQLite would store as NULL");
}

#[tokio::test]
async fn text_that_is_none_is_an_error() {
    let answer = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        guest.query(main, "SELECT CAST(x'ff' AS TEXT) AS broken", vec![]).await
    });
    let Err(Error::Invalid(failure)) = answer.await else { panic!("it was taken") };
    assert!(failure.message.starts_with("column broken cannot be read"), "{failure:?}");
}

#[tokio::test]
async fn text_may_hold_a_nul() {
    same(On::Sqlite, "TEXT", vec![text("a\0b")]).await;
}
