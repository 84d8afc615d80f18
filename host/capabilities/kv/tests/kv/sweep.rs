//! Values whose time is over do not stay: a step at a time, whoever asks or does not.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_cap_kv::{Backend, Kv, Memory, SWEEP, Sqlite};
use flux_host::bindings::flux::host::kv::SetOptions;
use flux_host::{Environment, System};
use sqlx::{Connection, SqliteConnection};

use crate::backends::Keyspace;

const FOREVER: SetOptions = SetOptions { ttl_ms: None, only_if: None };

fn brief(ttl_ms: u64) -> SetOptions {
    SetOptions { ttl_ms: Some(ttl_ms), only_if: None }
}

/// Two sweeps and a half of values that end, one that was set anew without an end, one that ends later.
async fn fill(backend: &dyn Backend, now_ms: u64) {
    for number in 0..SWEEP * 5 / 2 {
        backend.set("main", &format!("session {number}"), b"v", &brief(1), now_ms).await.unwrap();
    }
    backend.set("main", "kept", b"v", &brief(1), now_ms).await.unwrap();
    backend.set("main", "kept", b"v", &FOREVER, now_ms).await.unwrap();
    backend.set("main", "later", b"v", &brief(60 * 60 * 1000), now_ms).await.unwrap();
    backend.set("main", "deleted", b"v", &brief(1), now_ms).await.unwrap();
    assert_eq!(backend.delete("main", "deleted", now_ms).await, Ok(true));
}

/// What the back end still has, past itself.
async fn rows(file: &Path) -> usize {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM flux_kv");
    let count = count.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    usize::try_from(count).unwrap()
}

async fn swept(backend: &dyn Backend, left: impl AsyncFn() -> usize) {
    let all = SWEEP * 5 / 2 + 2;
    fill(backend, 10).await;
    assert_eq!(left().await, all);
    assert_eq!(backend.sweep("main", 10).await, Ok(false));
    assert_eq!(left().await, all, "nothing was over");
    // As a guest sees it, all is gone already; the space comes back in steps.
    assert_eq!(backend.keys("main", "", "", 5, 11).await.unwrap().keys.len(), 2);
    for step in 1..=2 {
        assert_eq!(backend.sweep("main", 11).await, Ok(true));
        assert_eq!(left().await, all - step * SWEEP, "a step has its bound");
    }
    assert_eq!(backend.sweep("main", 11).await, Ok(false));
    assert_eq!(left().await, 2);
    assert!(backend.get("main", "kept", 11).await.unwrap().is_some());
    assert!(backend.get("main", "later", 11).await.unwrap().is_some());
}

#[tokio::test]
async fn memory_gives_back_the_space_of_what_is_over() {
    let memory = Memory::default();
    swept(&memory, async || format!("{memory:?}").matches("Stored").count()).await;
}

#[tokio::test]
async fn a_file_gives_back_the_space_of_what_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kv.db");
    let sqlite = Sqlite::open(&file).await.unwrap();
    swept(&sqlite, async || rows(&file).await).await;
}

#[tokio::test]
async fn redis_keeps_no_name_of_what_is_over() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    for number in 0..SWEEP * 3 / 2 {
        client.set("main", &format!("session {number}"), b"v", &brief(1), 10).await.unwrap();
    }
    let count = |name: &str| -> usize {
        keyspace.query(redis::cmd("ZCARD").arg(format!("{}:{{main}}:{name}", keyspace.prefix)))
    };
    assert_eq!((count("keys"), count("expiries")), (SWEEP * 3 / 2, SWEEP * 3 / 2));
    assert_eq!(client.sweep("main", 11).await, Ok(true));
    assert_eq!((count("keys"), count("expiries")), (SWEEP / 2, SWEEP / 2));
    assert_eq!(client.sweep("main", 11).await, Ok(false));
    assert_eq!((count("keys"), count("expiries")), (0, 0));
}

#[tokio::test]
async fn what_nobody_touches_again_is_swept_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kv.db");
    let sqlite: Arc<dyn Backend> = Arc::new(Sqlite::open(&file).await.unwrap());
    fill(&*sqlite, System::new().now_ns() / 1_000_000).await;
    let _kv = Kv::new(HashMap::from([("main".to_owned(), sqlite)]), Arc::new(System::new()));
    let gone = async {
        while rows(&file).await > 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    assert_eq!(rows(&file).await, 2);
}
