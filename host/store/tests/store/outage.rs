//! A PostgreSQL store that is not there, goes away, hangs, or refuses.

use std::path::Path;
use std::time::Duration;

use flux_store::{Guests, Records, Selection, Store, StoreError, StoreOptions, Target, Timeouts};
use flux_test_services::{POSTGRES, Server, service};

use crate::support::Place;
use crate::{execute, execute_all, options, segments};

fn ship_to(url: &str) -> StoreOptions {
    let (connect, statement) = (Duration::from_secs(1), Duration::from_secs(2));
    let timeouts = Timeouts { connect, statement, ..Timeouts::default() };
    StoreOptions { target: Some(Target::postgres(url).unwrap()), timeouts, ..options() }
}

async fn open(data: &Path, server: &Server) -> Store {
    Store::open(data, ship_to(&server.url())).await.unwrap()
}

/// A server that just came back may still refuse one attempt.
async fn flushed(store: &Store) {
    for _ in 0..100 {
        if store.flush().await.is_ok() {
            return;
        }
    }
    panic!("{:?}", store.flush().await);
}

async fn ids(store: &Store) -> Vec<u64> {
    let mut found = store.records().list(&Selection::default()).await.unwrap();
    found.reverse();
    found.iter().map(|summary| summary.started_ns).collect()
}

fn cause(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        text = format!("{text}: {source}");
        error = source;
    }
    text
}

#[tokio::test]
async fn a_server_that_comes_later_gets_everything() {
    let Some(mut server) = Server::new() else { return };
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path(), &server).await;
    let guest = store.keep_guest("mail", b"a guest", 1).unwrap();
    execute_all(&store, 0..1200);
    let error = store.flush().await.unwrap_err();
    assert!(matches!(error, StoreError::Shipping(_)), "{error}");
    assert!(cause(&error).contains("refused"), "{}", cause(&error));
    assert!(store.records().list(&Selection::default()).await.unwrap_err().is_unreachable());
    assert_eq!(store.spool().stats().waiting, 1200);

    server.start().await;
    flushed(&store).await;
    assert_eq!(ids(&store).await, (0..1200).collect::<Vec<_>>());
    assert_eq!(store.records().guest(guest).await.unwrap().unwrap(), b"a guest");
    assert_eq!(store.records().guests(Some("mail")).await.unwrap().len(), 1);
    store.close().await.unwrap();
    assert_eq!(segments(data.path()), 0);
}

#[tokio::test]
async fn a_server_that_crashes_again_and_again_loses_nothing() {
    let Some(mut server) = Server::new() else { return };
    let data = tempfile::tempdir().unwrap();
    server.start().await;
    let store = open(data.path(), &server).await;
    for round in 0..4 {
        let numbers = round * 1000..(round + 1) * 1000;
        execute_all(&store, numbers.clone());
        // The shipper is somewhere in these now.
        tokio::task::yield_now().await;
        server.crash();
        execute_all(&store, numbers.end + 9000..numbers.end + 9100);
        server.start().await;
    }
    flushed(&store).await;
    let mut expected: Vec<_> = (0..4000).collect();
    expected.extend((1..=4).flat_map(|round| round * 1000 + 9000..round * 1000 + 9100));
    assert_eq!(ids(&store).await, expected);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_and_tried_again() {
    let Some(mut server) = Server::new() else { return };
    let data = tempfile::tempdir().unwrap();
    server.start().await;
    let store = open(data.path(), &server).await;
    execute(&store, 0);
    flushed(&store).await;
    assert_eq!(ids(&store).await, [0]);
    server.freeze();
    execute_all(&store, 1..700);
    for _ in 0..2 {
        let error = store.flush().await.unwrap_err();
        assert!(cause(&error).contains("timed out"), "{}", cause(&error));
    }
    let error = store.records().list(&Selection::default()).await.unwrap_err();
    assert!(error.is_unreachable() && cause(&error).contains("timed out"), "{}", cause(&error));
    server.thaw();
    flushed(&store).await;
    assert_eq!(ids(&store).await, (0..700).collect::<Vec<_>>());
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_a_server_that_stays_away_did_not_get_is_left_to_the_next_process() {
    let Some(mut server) = Server::new() else { return };
    let data = tempfile::tempdir().unwrap();
    server.start().await;
    let store = open(data.path(), &server).await;
    let guest = store.keep_guest("mail", b"a guest", 1).unwrap();
    flushed(&store).await;
    server.freeze();
    execute_all(&store, 0..700);
    store.close().await.unwrap_err();
    server.thaw();
    let next = open(data.path(), &server).await;
    assert_eq!(next.recovered().executions, 700);
    flushed(&next).await;
    assert_eq!(ids(&next).await.len(), 700);
    assert_eq!(next.records().guest(guest).await.unwrap().unwrap(), b"a guest");
    next.close().await.unwrap();
    assert_eq!(segments(data.path()), 0);
}

#[tokio::test]
async fn a_server_that_refuses_is_an_error_at_once() {
    let (Some(place), Some(url)) = (Place::postgres().await, service(POSTGRES)) else { return };
    let (server, data) = (url.rsplit_once('/').unwrap().0, tempfile::tempdir().unwrap());
    let address = server.rsplit_once('@').unwrap().1;
    let wrong_password = format!("postgres://flux:not-the-password@{address}/postgres");
    Records::open(Target::postgres(&place.url().unwrap()).unwrap()).await.unwrap();
    place.run("UPDATE flux.records_version SET version = 9").await;
    for (url, why) in [
        (wrong_password, "password authentication failed"),
        (format!("{server}/flux_store_of_nobody"), "does not exist"),
        (place.url().unwrap(), "has schema 9"),
    ] {
        let error = Store::open(data.path(), ship_to(&url)).await.unwrap_err();
        assert!(!error.is_unreachable() && cause(&error).contains(why), "{}", cause(&error));
        let shown = format!("{} {error:?}", cause(&error));
        assert!(!shown.contains("not-the-password") && !shown.contains("flux-test"), "{shown}");
    }
}

#[tokio::test]
async fn two_nodes_share_a_store() {
    let Some(place) = Place::postgres().await else { return };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let node = async |index: usize| {
        let options = StoreOptions { node: format!("node-{index}"), ..ship_to(&place.url().unwrap()) };
        Store::open(folders[index].path(), options).await.unwrap()
    };
    let (first, second) = tokio::join!(node(0), node(1));
    let digest = first.keep_guest("mail", b"a guest", 1).unwrap();
    execute_all(&first, 0..600);
    execute_all(&second, 600..1200);
    let flushed = tokio::join!(first.flush(), second.flush());
    flushed.0.and(flushed.1).unwrap();
    for store in [&first, &second] {
        let found = store.records().list(&Selection::default()).await.unwrap();
        let of = |node: &str| found.iter().filter(|summary| summary.node == node).count();
        assert_eq!((found.len(), of("node-0"), of("node-1")), (1200, 600, 600));
        assert_eq!(store.records().guest(digest).await.unwrap().unwrap(), b"a guest");
    }
    assert_eq!((second.guests().get(&digest).unwrap(), digest), (None, Guests::digest(b"a guest")));
    first.close().await.unwrap();
    second.close().await.unwrap();
}
