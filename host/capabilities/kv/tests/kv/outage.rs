//! A Redis that goes away, hangs, forgets, and comes back.

use flux_cap_kv::{Backend, OpenError, Redis};
use flux_host::Hint;
use flux_host::bindings::flux::host::kv::{Error, SetOptions};

use crate::server::Server;

const FOREVER: SetOptions = SetOptions { ttl_ms: None, only_if: None };

fn is_unavailable<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Unavailable(text)) if text.starts_with("Redis: "))
}

#[tokio::test]
async fn a_redis_that_is_down_is_not_opened() {
    let Some(mut server) = Server::start(&[]).await else { return };
    server.down().await;
    let error = Redis::open(&server.url(), "flux").await.unwrap_err();
    assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("cannot connect to Redis at 127.0.0.1:{}", server.port));
    assert!(error.hint().unwrap().starts_with("start Redis at 127.0.0.1"));
}

#[tokio::test]
async fn a_redis_that_comes_back_is_used_at_once() {
    let persistent = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = Server::start(&persistent).await else { return };
    let client = server.open().await;
    for round in 1..=3 {
        assert_eq!(client.increment("main", "n", 1, 1).await, Ok(round));
        server.down().await;
        assert!(is_unavailable(&client.get("main", "n", 1).await));
        assert!(is_unavailable(&client.set("main", "n", b"7", &FOREVER, 1).await));
        assert!(is_unavailable(&client.increment("main", "n", 1, 1).await));
        assert!(is_unavailable(&client.delete("main", "n", 1).await));
        assert!(is_unavailable(&client.keys("main", "", "", 1, 1).await));
        server.up().await;
        // Not one failure more than there was an outage.
        assert_eq!(client.get("main", "n", 1).await.unwrap().unwrap().value, round.to_string().as_bytes());
    }
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let client = server.open().await;
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(1));
    server.down().await;
    server.up().await;
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(1), "this one keeps no data");
}

#[tokio::test]
async fn calls_that_wait_for_a_redis_make_one_connection() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let client = server.open().await;
    server.down().await;
    server.up().await;
    let calls = (0..100).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.increment("main", "n", 1, 1).await.unwrap() })
    });
    let mut sums = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        sums.push(call.await.unwrap());
    }
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<_>>());
    let clients: String = server.query(redis::cmd("CLIENT").arg("LIST"));
    assert_eq!(clients.lines().count(), 2, "the back end's and this one: {clients}");
}

#[tokio::test]
async fn a_redis_that_hangs_is_unavailable_and_then_used_again() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.open().await;
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(1));
    server.signal("STOP").await;
    // The first waits for an answer, the second for a connection; both return, which is what is tested.
    let silent = client.get("main", "n", 1).await;
    assert_eq!(silent, Err(Error::Unavailable("Redis: no answer within 3 s".to_owned())));
    let silent = client.get("main", "n", 1).await;
    assert_eq!(silent, Err(Error::Unavailable("Redis: no answer within 2 s".to_owned())));
    server.signal("CONT").await;
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(2));
}

#[tokio::test]
async fn a_redis_that_never_answers_is_not_opened() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let error = Redis::open(&url, "flux").await.unwrap_err();
    assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redis_that_lost_its_data_gives_no_version_again() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let client = server.open().await;
    let version = async |now_ms| {
        client.set("main", "k", b"v", &FOREVER, now_ms).await.unwrap();
        client.get("main", "k", now_ms).await.unwrap().unwrap().version
    };
    let mut before = Vec::new();
    for _ in 0..20 {
        before.push(version(1_000).await);
    }
    server.down().await;
    server.up().await;
    for _ in 0..20 {
        let again = version(1_001).await;
        assert!(!before.contains(&again), "{again} in {before:?}");
    }
}

#[tokio::test]
async fn scripts_that_redis_forgot_are_loaded_again() {
    let Some(server) = Server::start(&[]).await else { return };
    let client = server.open().await;
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(1));
    server.query::<()>(redis::cmd("SCRIPT").arg("FLUSH"));
    assert_eq!(client.increment("main", "n", 1, 1).await, Ok(2));
}

#[tokio::test]
async fn an_unknown_command_does_not_show_what_was_sent() {
    let Some(server) = Server::start(&["--rename-command", "EVALSHA", ""]).await else { return };
    let client = server.open().await;
    let refused = client.set("main", "key", b"a value nobody may see", &FOREVER, 1).await;
    let Err(Error::Unavailable(text)) = refused else { panic!("{refused:?}") };
    assert!(text.contains("unknown command"), "{text}");
    assert!(!text.contains("value") && !text.contains("main"), "{text}");
}
