use std::fs;
use std::path::PathBuf;

use flux_recorder::{Begin, Digest, End, Event, Outcome, Trigger, Value, canon::Encode, write_journal};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::StoreError;

const SECOND: u64 = 1_000_000_000;

struct Folder {
    _dir: TempDir,
    path: PathBuf,
}

fn folder() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    Folder { path: dir.path().join("records.db"), _dir: dir }
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
        let response = Value::Record(vec![("status".into(), Value::Unsigned(status.into()))]);
        let outcome = Outcome::Returned(response.to_canonical());
        events.push(Event::Call { seq: 0, function: "kv.bucket.get", args: &[] });
        events.push(Event::End(End { outcome, elapsed_ns: 77, peak_memory: 0 }));
    }
    Shipment::read(id, write_journal(events)).unwrap()
}

async fn filled(folder: &Folder) -> Records {
    let records = Records::open(&folder.path).await.unwrap();
    let route = |second: u64| {
        if second.is_multiple_of(4) { "GET /slow" } else { "GET /" }
    };
    let status = |second: u64| match second % 10 {
        3 => Some(404),
        5 => Some(503),
        7 => None,
        _ => Some(200),
    };
    let all = (100..200)
        .map(|second| shipment(second, route(second), status(second), 5000 * (second % 2) as usize));
    records.insert_batch(all.collect()).await.unwrap();
    records
}

async fn listed(records: &Records, selection: Selection) -> Vec<u64> {
    let found = records.list(&selection).await.unwrap();
    found.iter().map(|summary| summary.started_ns / SECOND).collect()
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    let folder = folder();
    let records = filled(&folder).await;
    for (second, status) in
        [(101u64, Some(200)), (103, Some(404)), (105, Some(503)), (107, None), (108, Some(200))]
    {
        let name = if second.is_multiple_of(4) { "GET /slow" } else { "GET /" };
        let expected = shipment(second, name, status, 5000 * (second % 2) as usize);
        let (summary, journal) = records.get(id(second)).await.unwrap().unwrap();
        assert_eq!(Shipment { summary, journal }, expected);
    }
    assert_eq!(records.get(id(1)).await.unwrap(), None);
    let interrupted = records.get(id(107)).await.unwrap().unwrap().0;
    assert_eq!((&*interrupted.outcome, interrupted.status, interrupted.failed), ("interrupted", None, true));
}

#[tokio::test]
async fn shipping_twice_is_shipping_once() {
    let folder = folder();
    let records = filled(&folder).await;
    let other = shipment(101, "POST /", Some(500), 1);
    records.insert_batch(vec![other, shipment(201, "GET /", Some(200), 0)]).await.unwrap();
    assert_eq!(listed(&records, Selection::default()).await.len(), 101);
    assert_eq!(records.get(id(101)).await.unwrap().unwrap().0.name, "GET /");
}

#[tokio::test]
async fn selections() {
    let folder = folder();
    let records = filled(&folder).await;
    let all = Selection::default();
    let listed = async |selection| listed(&records, selection).await;
    assert_eq!(listed(all.clone()).await, (100..200).rev().collect::<Vec<_>>());
    assert_eq!(listed(Selection { last: Some(2), ..all.clone() }).await, [199, 198]);
    assert_eq!(listed(Selection { last: Some(2), before: Some(id(150)), ..all.clone() }).await, [149, 148]);
    assert_eq!(listed(Selection { since_ns: Some(197 * SECOND), ..all.clone() }).await, [199, 198, 197]);
    let slow = Selection { name: Some("GET /slow".into()), last: Some(2), ..all.clone() };
    assert_eq!(listed(slow.clone()).await, [196, 192]);
    assert_eq!(listed(Selection { kind: Some("job".into()), ..slow }).await, [0; 0]);
    let status = |text: &str| Selection { status: Some(text.parse().unwrap()), last: Some(2), ..all.clone() };
    assert_eq!(listed(status("5xx")).await, [195, 185]);
    assert_eq!(listed(status("404")).await, [193, 183]);
    assert_eq!(listed(status("2xx")).await, [199, 198]);
    assert_eq!(listed(Selection { failed: true, last: Some(3), ..all.clone() }).await, [197, 195, 187]);
    assert_eq!(listed(Selection { guest: Some(Digest([1; 32])), last: Some(2), ..all }).await, [199, 196]);
}

#[tokio::test]
async fn what_people_ask_most_has_an_index() {
    let folder = folder();
    let records = filled(&folder).await;
    let (all, last) = (Selection::default(), Some(2));
    for (selection, index) in [
        (Selection { last, ..all.clone() }, "sqlite_autoindex_executions_1"),
        (Selection { last, name: Some("GET /".into()), ..all.clone() }, "executions_by_name"),
        (Selection { last, status: Some("503".parse().unwrap()), ..all.clone() }, "executions_by_status"),
        (Selection { last, failed: true, ..all }, "executions_failed"),
    ] {
        let plan = records.plan(&selection).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{selection:?}: {plan}");
    }
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
    let folder = folder();
    let records = filled(&folder).await;
    let full = id(142);
    let text = full.to_string();
    for part in
        [&text, &text.to_uppercase(), &text[30..], &text[20..], &text[..16], &full.simple().to_string()]
    {
        assert_eq!(records.find(part).await.unwrap(), Some(full), "{part}");
    }
    for unknown in ["", "8e", "00008", "ffffff", "nothex", &id(1).to_string(), &format!("{text}0")] {
        assert_eq!(records.find(unknown).await.unwrap(), None, "{unknown}");
    }
    let error = records.find("0000000").await.unwrap_err();
    assert!(matches!(error, StoreError::Ambiguous { count: 2, .. }), "{error}");
}

#[tokio::test]
async fn journals_come_in_the_order_asked_for() {
    let folder = folder();
    let records = filled(&folder).await;
    let asked: Vec<_> = (90..200).rev().map(id).collect();
    let mut journals = records.journals(asked);
    let mut found = Vec::new();
    while let Some((id, journal)) = journals.next().await.unwrap() {
        assert_eq!(Shipment::read(id, journal).unwrap().summary.id, id);
        found.push(id);
    }
    assert_eq!(found, (100..200).rev().map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_newer_store_is_refused_and_stays_as_it_is() {
    let folder = folder();
    let records = filled(&folder).await;
    records.close().await;
    let mut other = SqliteConnectOptions::new().filename(&folder.path).connect().await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 9").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let before = fs::read(&folder.path).unwrap();
    let (writing, reading) = (Records::open(&folder.path).await, Records::open_read_only(&folder.path).await);
    for refused in [writing, reading] {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 9, supported: SCHEMA, .. }), "{error}");
        assert_eq!(error.code(), Some("FLX0303"));
        assert!(error.to_string().contains("schema 9") && error.to_string().contains(&SCHEMA.to_string()));
    }
    assert!(fs::read(&folder.path).unwrap() == before);
}

#[tokio::test]
async fn readers_beside_the_writer() {
    let folder = folder();
    let records = filled(&folder).await;
    let reader = Records::open_read_only(&folder.path).await.unwrap();
    records.insert_batch(vec![shipment(300, "GET /", Some(200), 0)]).await.unwrap();
    assert_eq!(listed(&reader, Selection { last: Some(1), ..Selection::default() }).await, [300]);
    assert!(reader.insert_batch(vec![shipment(301, "GET /", Some(200), 0)]).await.is_err());
}

#[tokio::test]
async fn guests_by_name() {
    let folder = folder();
    let records = Records::open(&folder.path).await.unwrap();
    let version = |name: &str, digest, first_seen_ns| GuestVersion {
        name: name.into(),
        digest: Digest([digest; 32]),
        size: 5,
        first_seen_ns,
    };
    for guest in [version("a", 1, 10), version("a", 2, 20), version("b", 1, 15), version("a", 1, 30)] {
        records.name_guest(guest).await.unwrap();
    }
    assert_eq!(records.guests(Some("a")).await.unwrap(), [version("a", 2, 20), version("a", 1, 10)]);
    assert_eq!(records.guests(None).await.unwrap().len(), 3);
}
