//! What followers of a store see.

use sqlx::Connection as _;

use super::*;

async fn look(records: &Records, since: &mut Arrivals) -> Vec<Uuid> {
    let mut found: Vec<_> =
        records.arrivals(since).await.unwrap().into_iter().map(|summary| summary.id).collect();
    found.sort_unstable();
    found
}

fn all(seconds: impl IntoIterator<Item = u64>) -> Vec<Shipment> {
    seconds.into_iter().map(|second| shipment(second, "GET /", Some(200), 9)).collect()
}

fn ids(seconds: impl IntoIterator<Item = u64>) -> Vec<Uuid> {
    seconds.into_iter().map(id).collect()
}

#[tokio::test]
async fn each_is_seen_once_in_whatever_order_they_began() {
    on_both(async |place| {
        let records = empty(place).await;
        records.insert_batch(all(0..10)).await.unwrap();
        let (mut late, mut first) = (records.end_of_arrivals().await.unwrap(), Arrivals::default());
        assert_eq!(look(&records, &mut late).await, ids([]));
        assert_eq!(look(&records, &mut first).await, ids(0..10));
        // They began before all that was seen, and are shipped twice.
        records.insert_batch(all(9000..9003)).await.unwrap();
        assert_eq!(look(&records, &mut late).await, ids(9000..9003));
        for _ in 0..2 {
            records.insert_batch(all([5, 100, 200])).await.unwrap();
        }
        assert_eq!(look(&records, &mut late).await, ids([100, 200]));
        assert_eq!(look(&records, &mut late).await, ids([]));
        records.insert_batch(all(10_000..13_000)).await.unwrap();
        assert_eq!(look(&records, &mut late).await, ids(10_000..13_000), "more than a page");
        assert_eq!(look(&records, &mut first).await.len(), 3005);
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_hides_nothing_that_comes_later() {
    on_both(async |place| {
        let records = empty(place).await;
        records.insert_batch(all(0..10)).await.unwrap();
        let mut since = records.end_of_arrivals().await.unwrap();
        let none = Retention { max_count: Some(0), ..Retention::default() };
        assert_eq!(records.prune(&none, 0).await.unwrap().executions, 10);
        records.insert_batch(all(20..25)).await.unwrap();
        assert_eq!(look(&records, &mut since).await, ids(20..25));
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_ends_after_a_younger_one_is_seen() {
    let Some(place) = Place::postgres().await else { return };
    let records = empty(&place).await;
    records.insert_batch(all([1])).await.unwrap();
    let mut since = records.end_of_arrivals().await.unwrap();
    let mut other = sqlx::PgConnection::connect(&place.url().unwrap()).await.unwrap();
    let mut older = other.begin().await.unwrap();
    let rest = "kind, name, guest, started_ns, elapsed_ns, outcome, failed, calls, journal_len, node, codec, journal";
    let copy = format!(
        "INSERT INTO flux.executions (id, {rest}) SELECT '{}', {rest} FROM flux.executions LIMIT 1",
        id(2)
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(copy)).execute(&mut *older).await.unwrap();
    records.insert_batch(all([3])).await.unwrap();
    assert_eq!(look(&records, &mut since).await, [id(3)]);
    let mut begun_now = records.end_of_arrivals().await.unwrap();
    assert_eq!(look(&records, &mut since).await, ids([]));
    older.commit().await.unwrap();
    assert_eq!(look(&records, &mut since).await, [id(2)]);
    assert_eq!(look(&records, &mut begun_now).await, [id(2)]);
    assert_eq!(look(&records, &mut since).await, ids([]));
}

#[tokio::test]
async fn an_older_flux_that_goes_on_writing_takes_no_numbers_away() {
    let place = Place::sqlite();
    let records = empty(&place).await;
    records.insert_batch(all(0..3)).await.unwrap();
    let mut since = records.end_of_arrivals().await.unwrap();
    let rest = "kind, name, guest, started_ns, elapsed_ns, outcome, failed, calls, journal_len, node, codec, journal";
    let other = id(7).simple();
    let copy =
        format!("INSERT INTO executions (id, {rest}) SELECT x'{other}', {rest} FROM executions LIMIT 1");
    place.run(&copy).await;
    records.insert_batch(all([3])).await.unwrap();
    assert_eq!(look(&records, &mut since).await, ids([3, 7]));
    assert_eq!(records.list(&Selection::default()).await.unwrap().len(), 5);
}
