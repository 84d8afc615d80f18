//! What only Redis has: several clients, a layout that operators see, addresses with passwords.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_kv::{Backend, OpenError, Redis};
use flux_host::Hint;
use flux_host::bindings::flux::host::kv::{Condition, SetOptions};

use crate::backends::Keyspace;
use crate::server::Server;

const FOREVER: SetOptions = SetOptions { ttl_ms: None, only_if: None };

fn brief(ttl_ms: u64) -> SetOptions {
    SetOptions { ttl_ms: Some(ttl_ms), only_if: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_clients_that_swap_the_same_version_one_wins() {
    let Some(keyspace) = Keyspace::new() else { return };
    let (one, two) = (keyspace.open().await, keyspace.open().await);
    one.set("main", "k", b"0", &FOREVER, 1).await.unwrap();
    for round in 0..50 {
        let version = one.get("main", "k", 1).await.unwrap().unwrap().version;
        let swaps = [(one.clone(), b"one"), (two.clone(), b"two")].map(|(client, value)| {
            let options = SetOptions { ttl_ms: None, only_if: Some(Condition::Version(version.clone())) };
            tokio::spawn(async move { client.set("main", "k", value, &options, 1).await.unwrap() })
        });
        let [first, second] = swaps;
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert!(first != second, "round {round}: {first} and {second}");
        let value = one.get("main", "k", 1).await.unwrap().unwrap().value;
        assert_eq!(value, if first { b"one" } else { b"two" });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_of_several_clients_sum_up() {
    let Some(keyspace) = Keyspace::new() else { return };
    let clients = [keyspace.open().await, keyspace.open().await];
    let tasks = clients.map(|client| {
        tokio::spawn(async move {
            for _ in 0..200 {
                client.increment("main", "n", 1, 1).await.unwrap();
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(keyspace.open().await.increment("main", "n", 0, 1).await, Ok(400));
}

#[tokio::test]
async fn the_layout_is_the_documented_one() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    let prefix = &keyspace.prefix;
    client.set("prices", "tea", b"3", &brief(1000), 5_000).await.unwrap();
    client.set("prices", "cup", b"4", &FOREVER, 5_000).await.unwrap();

    let tea: Vec<String> = keyspace.query(
        redis::cmd("HMGET")
            .arg(format!("{prefix}:{{prices}}:value:tea"))
            .arg(&["value", "version", "expires"]),
    );
    assert_eq!(tea, ["3", "5000000", "6000"]);
    let keys: Vec<String> = keyspace
        .query(redis::cmd("ZRANGE").arg(format!("{prefix}:{{prices}}:keys")).arg(&["0", "-1", "WITHSCORES"]));
    assert_eq!(keys, ["cup", "0", "tea", "0"]);
    let expiries: Vec<String> =
        keyspace.query(redis::cmd("ZRANGE").arg(format!("{prefix}:{{prices}}:expiries")).arg(&[
            "0",
            "-1",
            "WITHSCORES",
        ]));
    assert_eq!(expiries, ["tea", "6000"]);
    let version: String = keyspace.query(redis::cmd("GET").arg(format!("{prefix}:{{prices}}:version")));
    assert_eq!(version, "5000001");
}

#[tokio::test]
async fn redis_collects_a_value_itself_but_only_after_its_end() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    let hour = 60 * 60 * 1000;
    let ends = async |key: &str, options: &SetOptions| -> i64 {
        client.set("main", key, b"v", options, 1).await.unwrap();
        keyspace.query(redis::cmd("PTTL").arg(format!("{}:{{main}}:value:{key}", keyspace.prefix)))
    };
    assert!(ends("soon", &brief(hour)).await > hour as i64);
    assert!(ends("never", &brief(u64::MAX)).await > 1 << 52);
    assert_eq!(ends("soon", &FOREVER).await, -1);
}

#[tokio::test]
async fn values_that_nobody_reads_again_do_not_pile_up() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    for now_ms in 0..100 {
        client.set("main", &format!("session {now_ms}"), b"v", &brief(1), now_ms).await.unwrap();
    }
    let count = |name: &str| -> u64 {
        keyspace.query(redis::cmd("ZCARD").arg(format!("{}:{{main}}:{name}", keyspace.prefix)))
    };
    assert_eq!((count("keys"), count("expiries")), (1, 1));
    let values: Vec<String> =
        keyspace.query(redis::cmd("KEYS").arg(format!("{}:{{main}}:value:*", keyspace.prefix)));
    assert_eq!(values.len(), 1, "{values:?}");
}

#[tokio::test]
async fn a_value_that_redis_evicted_is_not_listed() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    for key in ["a", "b", "c"] {
        client.set("main", key, b"v", &FOREVER, 1).await.unwrap();
    }
    keyspace.query::<()>(redis::cmd("DEL").arg(format!("{}:{{main}}:value:b", keyspace.prefix)));
    assert_eq!(client.get("main", "b", 1).await, Ok(None));
    assert_eq!(client.keys("main", "", "", 2, 1).await.unwrap().keys, ["a", "c"]);
    let listed: u64 = keyspace.query(redis::cmd("ZCARD").arg(format!("{}:{{main}}:keys", keyspace.prefix)));
    assert_eq!(listed, 2, "not met again");
    assert_eq!(client.delete("main", "b", 1).await, Ok(false));
}

#[tokio::test]
async fn no_label_reaches_into_another_bucket() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    // Written one after the other, these would be the same key.
    let names = [("a", "x}:value:k"), ("a}:value:x", "k"), ("a%7D:value:x", "k"), ("{a", "k"), ("", "k")];
    for (bucket, key) in names {
        client.set(bucket, key, bucket.as_bytes(), &FOREVER, 1).await.unwrap();
    }
    for (bucket, key) in names {
        assert_eq!(client.get(bucket, key, 1).await.unwrap().unwrap().value, bucket.as_bytes());
        assert_eq!(client.keys(bucket, "", "", 10, 1).await.unwrap().keys, [key], "{bucket}");
    }
}

#[tokio::test]
async fn on_a_cluster_a_bucket_is_on_one_node() {
    let Some(server) = Server::start(&["--cluster-enabled", "yes"]).await else { return };
    server.query::<()>(redis::cmd("CLUSTER").arg(&["ADDSLOTSRANGE", "0", "16383"]));
    // A new cluster refuses all for two seconds, and has no event for their end.
    while !server.query::<String>(redis::cmd("CLUSTER").arg("INFO")).contains("cluster_state:ok") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let client = server.open().await;
    for now_ms in 0..4 {
        // The second sees to what the first left: a script touches keys that it was not called with.
        client.set("main", &format!("k{now_ms}"), b"v", &brief(1), now_ms).await.unwrap();
    }
    assert_eq!(client.keys("main", "", "", 9, 3).await.unwrap().keys, ["k3"]);
    assert_eq!(client.increment("a}{b", "n", 1, 3).await, Ok(1));
    assert_eq!(client.delete("a}{b", "n", 3).await, Ok(true));
}

#[tokio::test]
async fn a_password_opens_and_is_nowhere_to_be_read() {
    // The user as the module's documentation has it.
    let user =
        ["--user", "app", "on", ">s3cr3t", "~flux:*", "+@read", "+@write", "+@scripting", "+@connection"];
    let options = [&["--user", "default", "off"], &user[..]].concat();
    let Some(server) = Server::start(&options).await else { return };
    let address = format!("127.0.0.1:{}", server.port);
    let client = Redis::open(&format!("redis://app:s3cr3t@{address}"), "flux").await.unwrap();
    client.set("main", "k", b"1", &brief(10), 1).await.unwrap();
    assert_eq!(client.increment("main", "k", 1, 1).await, Ok(2));
    assert_eq!(client.keys("main", "", "", 9, 11).await.unwrap().keys, Vec::<String>::new());
    assert_eq!(client.delete("main", "k", 11).await, Ok(false));
    assert!(!format!("{client:?}").contains("s3cr3t"), "{client:?}");

    for user in ["", "nobody:s3cr3t", "app:s3cr3tly"] {
        let error = Redis::open(&format!("redis://{user}@{address}"), "flux").await.unwrap_err();
        let text = format!("{error:?} {} {:?}", whole(&error), error.hint());
        assert!(text.contains(&address), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_not_repeated() {
    let urls = [
        "s3cr3t",
        "http://:s3cr3t@host",
        "redis://:s3cr3t@",
        "redis://:s3cr3t@host/database",
        "redis://:s3cr3t@host:port",
        "redis://user:s3cr3t%ff@host",
    ];
    for url in urls {
        let error = Redis::open(url, "flux").await.unwrap_err();
        assert!(matches!(error, OpenError::Address { .. }), "{url}: {error:?}");
        assert!(error.hint().unwrap().contains("redis = \"redis://"));
        let text = format!("{error:?} {}", whole(&error));
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

#[tokio::test]
async fn a_prefix_has_no_braces() {
    let error = Redis::open("redis://127.0.0.1", "{flux}").await.unwrap_err();
    assert_eq!(error.to_string(), "'{flux}' cannot be the prefix of keys in Redis: it has a brace");
}

/// With all causes, as the command prints it.
fn whole(error: &OpenError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |it| it.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn clones_are_one_client() {
    let Some(keyspace) = Keyspace::new() else { return };
    let client = keyspace.open().await;
    let other: Arc<dyn Backend> = Arc::new(client.clone());
    client.set("main", "k", b"v", &FOREVER, 1).await.unwrap();
    assert_eq!(other.delete("main", "k", 1).await, Ok(true));
}
