//! Retention.

use std::time::Duration;

use super::*;

const NOW: u64 = 200 * SECOND;

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

async fn left(records: &Records, retention: Retention) -> (u64, Vec<u64>) {
    let pruned = records.prune(&retention, NOW).await.unwrap();
    (pruned.executions, listed(records, Selection::default()).await)
}

#[tokio::test]
async fn old_executions_go() {
    on_both(async |place| {
        let records = filled(place).await;
        let nothing = records.prune(&Retention::default(), NOW).await.unwrap();
        assert_eq!(nothing, Pruned::default());
        let retention = Retention { max_age: seconds(50), ..Retention::default() };
        let pruned = records.prune(&retention, NOW).await.unwrap();
        assert_eq!((pruned.executions, pruned.bytes > 5000), (50, true));
        assert_eq!(left(&records, retention).await, (0, (150..200).rev().collect()));
    })
    .await;
}

#[tokio::test]
async fn all_but_the_newest_go() {
    on_both(async |place| {
        let records = filled(place).await;
        let keep = |count| Retention { max_count: Some(count), ..Retention::default() };
        assert_eq!(left(&records, keep(100)).await.0, 0);
        assert_eq!(left(&records, keep(1000)).await.0, 0);
        assert_eq!(left(&records, keep(3)).await, (97, vec![199, 198, 197]));
        let both = Retention { max_age: seconds(2), ..keep(2) };
        assert_eq!(left(&records, both).await, (1, vec![199, 198]));
        assert_eq!(left(&records, keep(0)).await, (2, vec![]));
    })
    .await;
}

#[tokio::test]
async fn failures_stay_longer() {
    on_both(async |place| {
        let records = filled(place).await;
        let retention = Retention { max_count: Some(2), keep_failed: seconds(14), ..Retention::default() };
        assert_eq!(left(&records, retention).await.1, [199, 198, 197, 195, 187]);
        let shorter = Retention { max_age: seconds(14), keep_failed: seconds(1), ..Retention::default() };
        assert_eq!(left(&records, shorter).await.1, [199, 198, 197, 195, 187]);
    })
    .await;
}

#[tokio::test]
async fn more_than_one_slice_goes() {
    on_both(async |place| {
        let records = empty(place).await;
        for from in [1000, 1400, 1800] {
            let batch = (from..from + 400).map(|second| shipment(second, "/", status(second), 0));
            records.insert_batch(batch.collect()).await.unwrap();
        }
        let retention = Retention { max_count: Some(5), ..Retention::default() };
        assert_eq!(left(&records, retention).await, (1195, (2195..2200).rev().collect()));
    })
    .await;
}

#[tokio::test]
async fn two_nodes_may_prune_at_once() {
    on_both(async |place| {
        let records = filled(place).await;
        let other = empty(place).await;
        let keep = Retention { max_count: Some(10), ..Retention::default() };
        let both = tokio::join!(records.prune(&keep, NOW), other.prune(&keep, NOW));
        assert_eq!(both.0.unwrap().executions + both.1.unwrap().executions, 90);
        assert_eq!(listed(&records, Selection::default()).await, (190..200).rev().collect::<Vec<_>>());
    })
    .await;
}

/// A guest may go between two shipments that name it, never between a shipment's two steps.
#[tokio::test]
async fn a_guest_is_not_deleted_from_under_a_shipment() {
    on_both(async |place| {
        let (records, other) = (empty(place).await, empty(place).await);
        let everything = Retention { max_age: seconds(0), ..Retention::default() };
        let ship = async {
            for second in 1..150 {
                records.insert_batch(vec![usual(second)]).await.unwrap();
            }
        };
        let prune = async {
            loop {
                other.prune(&everything, NOW).await.unwrap();
            }
        };
        tokio::select! { () = ship => {}, () = prune => {} }
        other.prune(&everything, NOW).await.unwrap();
        assert_eq!(listed(&records, Selection::default()).await, [] as [u64; 0]);
    })
    .await;
}

#[tokio::test]
async fn guests_go_when_nothing_names_them_and_others_took_their_name() {
    on_both(async |place| {
        let records = empty(place).await;
        let bytes = |number: u8| vec![number; 100];
        let guest = |number: u8| Guests::digest(&bytes(number));
        for number in 1..=4 {
            let (name, seen) = if number == 4 { ("once", 1) } else { ("shop", number.into()) };
            records.name_guest(version(name, guest(number), seen)).await.unwrap();
            records.put_guest(guest(number), &bytes(number)).await.unwrap();
        }
        let mut named = usual(10);
        named.summary.guest = guest(1);
        records.insert_batch(vec![named]).await.unwrap();

        let pruned = records.prune(&Retention::default(), NOW).await.unwrap();
        assert_eq!(pruned.guests, [guest(2)], "1 is named, 3 is the newest, 4 the only one of its name");
        let retention = Retention { max_age: seconds(1), ..Retention::default() };
        let pruned = records.prune(&retention, NOW).await.unwrap();
        assert_eq!((pruned.executions, pruned.guests), (1, vec![guest(1)]));
        for number in 1..=4 {
            let kept = place.url().is_some() && number > 2;
            assert_eq!(records.guest(guest(number)).await.unwrap().is_some(), kept, "{number}");
        }
        for (number, needed) in [(2, false), (3, true), (4, true)] {
            assert_eq!(records.needs_guest(guest(number)).await.unwrap(), needed, "{number}");
        }
        let names = records.guests(None).await.unwrap();
        assert_eq!(names.iter().map(|one| one.digest).collect::<Vec<_>>(), [guest(3), guest(4)]);
    })
    .await;
}
