//! The record store on both databases.

mod arrivals;
mod prune;
#[path = "../../../tests/store/support.rs"]
mod support;

use std::fs;

use flux_recorder::{Begin, Digest, End, Event, Outcome, Trigger, Value, canonical::Encode, write_journal};
use uuid::Uuid;

use super::*;
use crate::{GuestVersion, Guests, Shipment, StoreError};
use support::{Place, on_both};

const SECOND: u64 = 1_000_000_000;

fn target(place: &Place) -> Target {
    place.url().map_or_else(|| Target::Sqlite(place.path()), |url| Target::postgres(&url).unwrap())
}

async fn empty(place: &Place) -> Records {
    Records::open(target(place)).await.unwrap()
}

/// An execution's id is of its second.
fn id(second: u64) -> Uuid {
    Uuid::from_u128(u128::from(second * 1000) << 80 | 7 << 76 | u128::from(second))
}

fn shipment(second: u64, name: &str, status: Option<u16>, input: usize) -> Shipment {
    let trigger = Trigger { kind: "http".into(), name: name.into(), input: vec![b'x'; input] };
    let parent = (second % 2 == 1).then(|| id(second - 1));
    let guest = Digest([(second % 3) as u8; 32]);
    let (id, seed, started_ns) = (id(second), [2; 32], second * SECOND);
    let begin = Begin { id, parent, guest, engine: "none".into(), seed, started_ns, trigger };
    let mut events = vec![Event::Begin(Box::new(begin))];
    if let Some(status) = status {
        let status = ("status".into(), Value::Unsigned(status.into()));
        let response = Value::Record(vec![status, ("body".into(), Value::Bytes(vec![1, 2]))]);
        let outcome = Outcome::Returned(response.to_canonical());
        events.push(Event::Call { seq: 0, function: "kv.bucket.get", args: &[] });
        events.push(Event::End(End { outcome, elapsed_ns: 77, peak_memory: 0 }));
    }
    let mut shipment = Shipment::read(id, write_journal(events)).unwrap();
    shipment.summary.node = "node-1".to_owned();
    shipment
}

fn status(second: u64) -> Option<u16> {
    match second % 10 {
        3 => Some(404),
        5 => Some(503),
        7 => None,
        _ => Some(200),
    }
}

fn route(second: u64) -> &'static str {
    if second.is_multiple_of(4) { "GET /slow" } else { "GET /" }
}

fn usual(second: u64) -> Shipment {
    shipment(second, route(second), status(second), 5000 * (second % 2) as usize)
}

async fn filled(place: &Place) -> Records {
    let records = empty(place).await;
    records.insert_batch((100..200).map(usual).collect()).await.unwrap();
    records
}

async fn listed(records: &Records, selection: Selection) -> Vec<u64> {
    let found = records.list(&selection).await.unwrap();
    found.iter().map(|summary| summary.started_ns / SECOND).collect()
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    on_both(async |place| {
        let records = filled(place).await;
        for second in [101, 103, 105, 107, 108] {
            let (summary, journal) = records.get(id(second)).await.unwrap().unwrap();
            assert_eq!(Shipment { summary, journal }, usual(second));
        }
        assert_eq!(records.get(id(1)).await.unwrap(), None);
        let of = async |second| records.get(id(second)).await.unwrap().unwrap().0;
        let (failed, interrupted) = (of(105).await, of(107).await);
        assert_eq!((&*failed.outcome, failed.status, failed.failed), ("returned", Some(503), true));
        assert_eq!(
            (&*interrupted.outcome, interrupted.status, interrupted.failed),
            ("interrupted", None, true)
        );
    })
    .await;
}

#[tokio::test]
async fn shipping_twice_is_shipping_once() {
    on_both(async |place| {
        let records = filled(place).await;
        let other = shipment(101, "POST /", Some(500), 1);
        records.insert_batch(vec![other, usual(201), usual(201)]).await.unwrap();
        assert_eq!(listed(&records, Selection::default()).await.len(), 101);
        assert_eq!(records.get(id(101)).await.unwrap().unwrap().0.name, "GET /");
    })
    .await;
}

#[tokio::test]
async fn names_may_hold_anything() {
    on_both(async |place| {
        let records = empty(place).await;
        records.insert_batch(vec![shipment(1, "a\0'?$1ü", Some(200), 0)]).await.unwrap();
        assert!(records.get(id(1)).await.unwrap().unwrap().0.name.ends_with("'?$1ü"));
    })
    .await;
}

#[tokio::test]
async fn selections() {
    on_both(async |place| {
        let records = filled(place).await;
        let all = Selection::default();
        let listed = async |selection| listed(&records, selection).await;
        assert_eq!(listed(all.clone()).await, (100..200).rev().collect::<Vec<_>>());
        assert_eq!(listed(Selection { last: Some(2), ..all.clone() }).await, [199, 198]);
        let before = Selection { last: Some(2), before: Some(id(150)), ..all.clone() };
        assert_eq!(listed(before).await, [149, 148]);
        let since = Selection { since_ns: Some(197 * SECOND), ..all.clone() };
        assert_eq!(listed(since).await, [199, 198, 197]);
        let slow = Selection { name: Some("GET /slow".into()), last: Some(2), ..all.clone() };
        assert_eq!(listed(slow.clone()).await, [196, 192]);
        assert_eq!(listed(Selection { kind: Some("job".into()), ..slow }).await, [0; 0]);
        let status =
            |text: &str| Selection { status: Some(text.parse().unwrap()), last: Some(2), ..all.clone() };
        assert_eq!(listed(status("5xx")).await, [195, 185]);
        assert_eq!(listed(status("404")).await, [193, 183]);
        assert_eq!(listed(status("2xx")).await, [199, 198]);
        let failed = Selection { failed: true, last: Some(3), ..all.clone() };
        assert_eq!(listed(failed).await, [197, 195, 187]);
        let guest = Selection { guest: Some(Digest([1; 32])), last: Some(2), ..all };
        assert_eq!(listed(guest).await, [199, 196]);
    })
    .await;
}

#[tokio::test]
async fn what_people_ask_most_has_an_index() {
    on_both(async |place| {
        let records = filled(place).await;
        let ids = match place.url() {
            Some(url) => {
                // A hundred rows are read faster without an index; here they stand for millions.
                place.run(&many_rows(&url)).await;
                "executions_pkey"
            }
            None => "sqlite_autoindex_executions_1",
        };
        let (all, last) = (Selection::default(), Some(2));
        for (selection, index) in [
            (Selection { last, ..all.clone() }, ids),
            (Selection { last, name: Some("GET /rare".into()), ..all.clone() }, "executions_by_name"),
            (Selection { last, status: Some("503".parse().unwrap()), ..all.clone() }, "executions_by_status"),
            (Selection { last, guest: Some(Digest([9; 32])), ..all.clone() }, "executions_by_guest"),
            (Selection { last, failed: true, ..all }, "executions_failed"),
        ] {
            let plan = records.plan(&selection).await;
            let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
            assert!(plan.contains(index) && !sorts, "{selection:?}: {plan}");
        }
    })
    .await;
}

/// Rows without journals, one in a thousand a failure, and what the planner wants to know of them.
fn many_rows(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    format!(
        "INSERT INTO flux.executions (id, kind, name, guest, started_ns, elapsed_ns, outcome, status, failed, \
         calls, journal_len, node, codec, journal) \
         SELECT gen_random_uuid(), 'http', 'GET /' || n % 50, decode(repeat('01', 32), 'hex'), n, 1, \
         'returned', CASE WHEN n % 1000 = 0 THEN 500 ELSE 200 END, n % 1000 = 0, 0, 0, '', 0, '' \
         FROM generate_series(1, 20000) AS n; \
         ANALYZE flux.executions; ALTER DATABASE {name} SET enable_seqscan = off"
    )
}

#[test]
fn statuses_are_read_strictly() {
    let parsed = |text: &str| text.parse::<StatusRange>().ok().map(|range| (range.from, range.to));
    assert_eq!(parsed("5xx"), Some((500, 599)));
    assert_eq!(parsed("42x"), Some((420, 429)));
    assert_eq!(parsed("404"), Some((404, 404)));
    for wrong in ["", "x", "xxx", "5x5", "0xx", "-12", "+12", "5000", "5xxx", "abc", "ü0"] {
        assert_eq!(parsed(wrong), None, "{wrong}");
    }
}

#[tokio::test]
async fn short_ids() {
    on_both(async |place| {
        let records = filled(place).await;
        let full = id(142);
        let text = full.to_string();
        let simple = full.simple().to_string();
        for part in [&text, &text.to_uppercase(), &text[30..], &text[20..], &text[..16], &simple] {
            assert_eq!(records.find(part, 9).await.unwrap(), [full], "{part}");
        }
        for unknown in ["", "8e", "00008", "ffffff", "nothex", &id(1).to_string(), &format!("{text}0")] {
            assert!(records.find(unknown, 9).await.unwrap().is_empty(), "{unknown}");
        }
        for several in ["0000000", "00000-0"] {
            let found = records.find(several, 2).await.unwrap();
            assert!(found.len() == 2 && found[0] > found[1], "the newest first: {found:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn journals_come_in_the_order_asked_for() {
    on_both(async |place| {
        let records = filled(place).await;
        let asked: Vec<_> = (90..200).rev().map(id).collect();
        let found = drain(records.journals(asked)).await;
        assert_eq!(found, (100..200).rev().map(id).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn journals_of_a_selection_come_page_by_page() {
    on_both(async |place| {
        let records = empty(place).await;
        for seconds in [1000..1400, 1400..1800] {
            records
                .insert_batch(seconds.map(|second| shipment(second, "/", Some(200), 0)).collect())
                .await
                .unwrap();
        }
        for (last, expected) in [(None, 800), (Some(0), 0), (Some(1), 1), (Some(256), 256), (Some(700), 700)]
        {
            let found = drain(records.select_journals(Selection { last, ..Selection::default() })).await;
            assert_eq!(found, (1000..1800).rev().take(expected).map(id).collect::<Vec<_>>(), "{last:?}");
        }
    })
    .await;
}

async fn drain(mut journals: Journals) -> Vec<Uuid> {
    let mut found = Vec::new();
    while let Some((id, journal)) = journals.next().await.unwrap() {
        assert_eq!(Shipment::read(id, journal).unwrap().summary.id, id);
        found.push(id);
    }
    found
}

#[tokio::test]
async fn two_nodes_ship_the_same_and_other_executions_at_once() {
    on_both(async |place| {
        let nodes = [empty(place).await, empty(place).await];
        let ship = async |node: usize| {
            for round in 0..20 {
                // In opposite orders, half of them on both nodes.
                let from = 1000 + round * 100 + 25 * node as u64;
                let mut batch: Vec<_> =
                    (from..from + 50).map(|second| shipment(second, "/", Some(200), 0)).collect();
                if node == 1 {
                    batch.reverse();
                }
                nodes[node].insert_batch(batch).await.unwrap();
            }
        };
        tokio::join!(ship(0), ship(1));
        assert_eq!(listed(&nodes[0], Selection::default()).await.len(), 20 * 75);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_may_be_the_first() {
    on_both(async |place| {
        let opened = tokio::join!(Records::open(target(place)), Records::open(target(place)));
        opened.0.unwrap().insert_batch(vec![usual(1)]).await.unwrap();
        assert_eq!(listed(&opened.1.unwrap(), Selection::default()).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_store_of_version_1_is_brought_up_to_date() {
    let place = Place::sqlite();
    place.run(schema::of(&target(&place)).steps[0].sql).await;
    let row = "INSERT INTO executions VALUES (x'00000000000070008000000000000001', NULL, 'http', 'GET /', zeroblob(32), 1, 2, \
               'returned', 200, 0, 3, 4, 0, x'01020304'); \
               INSERT INTO executions VALUES (x'00000000000070008000000000000002', NULL, 'http', 'GET /', zeroblob(32), 1, 2, \
               'time-limit', NULL, 1, 3, 4, 0, x'01020304'); PRAGMA user_version = 1";
    place.run(row).await;
    let reader = Records::open_read_only(target(&place)).await.unwrap();
    let (summary, journal) = reader.get(Uuid::from_u128(7 << 76 | 1 << 63 | 1)).await.unwrap().unwrap();
    assert_eq!((&*summary.name, &*summary.node, summary.calls), ("GET /", "", 3));
    assert_eq!(journal, [1, 2, 3, 4]);
    let opened = tokio::join!(Records::open(target(&place)), Records::open(target(&place)));
    opened.0.unwrap().insert_batch(vec![usual(200)]).await.unwrap();
    let nodes = opened.1.unwrap().list(&Selection::default()).await.unwrap();
    assert_eq!(nodes.iter().map(|summary| &*summary.node).collect::<Vec<_>>(), ["node-1", "", ""]);
    let statuses = nodes.iter().map(|summary| summary.status);
    assert_eq!(statuses.collect::<Vec<_>>(), [Some(200), Some(504), Some(200)]);
}

#[tokio::test]
async fn a_newer_store_is_refused_and_stays_as_it_is() {
    on_both(async |place| {
        filled(place).await.close().await;
        place
            .run(if place.url().is_some() {
                "UPDATE flux.records_version SET version = 9"
            } else {
                "PRAGMA user_version = 9"
            })
            .await;
        let before = fs::read(place.path()).ok();
        for refused in [Records::open(target(place)).await, Records::open_read_only(target(place)).await] {
            let error = refused.unwrap_err();
            assert!(matches!(error, StoreError::NewerSchema { found: 9, supported: SCHEMA, .. }), "{error}");
            assert_eq!(error.code(), Some("FLX0303"));
            assert!(
                error.to_string().contains("schema 9") && error.to_string().contains(&SCHEMA.to_string())
            );
            assert!(!error.is_unreachable());
        }
        assert!(fs::read(place.path()).ok() == before);
    })
    .await;
}

#[tokio::test]
async fn readers_beside_the_writer() {
    on_both(async |place| {
        let records = filled(place).await;
        let reader = Records::open_read_only(target(place)).await.unwrap();
        records.insert_batch(vec![usual(300)]).await.unwrap();
        assert_eq!(listed(&reader, Selection { last: Some(1), ..Selection::default() }).await, [300]);
        assert!(reader.insert_batch(vec![usual(301)]).await.is_err());
    })
    .await;
}

fn version(name: &str, digest: Digest, first_seen_ns: u64) -> GuestVersion {
    GuestVersion { name: name.into(), digest, size: 5, first_seen_ns }
}

#[tokio::test]
async fn guests_by_name() {
    on_both(async |place| {
        let records = empty(place).await;
        let version = |name, digest, seen| version(name, Digest([digest; 32]), seen);
        for guest in [version("a", 1, 10), version("a", 2, 20), version("b", 1, 15), version("a", 1, 30)] {
            records.name_guest(guest).await.unwrap();
        }
        assert_eq!(records.guests(Some("a")).await.unwrap(), [version("a", 2, 20), version("a", 1, 10)]);
        assert_eq!(records.guests(None).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn guests_bytes_are_where_all_nodes_find_them() {
    on_both(async |place| {
        let records = filled(place).await;
        let bytes = vec![b'w'; 100_000];
        let (kept, named) = (Guests::digest(&bytes), Digest([1; 32]));
        let asked = [kept, named].into();
        let missing = records.missing_guests(&asked).await.unwrap();
        records.put_guest(kept, &bytes).await.unwrap();
        records.put_guest(kept, &bytes).await.unwrap();
        assert!(records.missing_guests(&[kept].into()).await.unwrap().is_empty());
        match place.url() {
            Some(_) => {
                assert_eq!(missing, asked, "an execution's guest has a row, but no bytes yet");
                assert_eq!(records.guest(kept).await.unwrap().unwrap(), bytes);
                records.put_guest(named, &bytes).await.unwrap();
                let error = records.guest(named).await.unwrap_err();
                assert!(matches!(error, StoreError::GuestDamaged { found, .. } if found == kept), "{error}");
            }
            None => assert!(missing.is_empty() && records.guest(kept).await.unwrap().is_none()),
        }
    })
    .await;
}
