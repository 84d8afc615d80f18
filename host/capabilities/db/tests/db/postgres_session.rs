//! What stays on a connection (nothing), and what runs on the server when nobody waits for it (nothing).

use std::time::Duration;

use flux_cap_db::{DbOptions, Postgres};
use flux_host::bindings::flux::host::db::{Error, Value};
use flux_recorder::Session;
use flux_test_services::{POSTGRES, service};

use crate::support::{Guest, On, World, guest, int, options, text};

async fn world(options: DbOptions) -> Option<World> {
    service(POSTGRES)?;
    Some(World::new(On::Postgres, options).await)
}

async fn one(guest: &mut Guest, sql: &str) -> Value {
    let main = guest.main().await;
    guest.query(main, sql, vec![]).await.unwrap().rows[0][0].clone()
}

/// Until the server has no statement with these words in it.
async fn ended(guest: &mut Guest, words: &str) {
    let main = guest.main().await;
    let sql = "SELECT count(*), pg_sleep(0.02)::text FROM pg_stat_activity \
        WHERE query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid() AND state <> 'idle'";
    let gone =
        async { while guest.query(main, sql, vec![text(words)]).await.unwrap().rows[0][0] != int(0) {} };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn a_connection_forgets_who_had_it() {
    let options = DbOptions { max_connections: 1, ..options() };
    let Some(world) = world(options).await else { return };
    let (mut first, mut second) = (world.live(), world.live());
    let pid = one(&mut first, "SELECT pg_backend_pid()").await;
    let before = one(&mut first, "SHOW search_path").await;
    for sql in [
        "SELECT set_config('search_path', 'pg_catalog', false)",
        "SELECT set_config('statement_timeout', '0', false)",
        "SELECT set_config('role', 'pg_monitor', false)",
        "SELECT set_config('standard_conforming_strings', 'off', false)",
        "SELECT pg_advisory_lock(4711)::text",
        "SELECT 1 AS a INTO TEMP stays",
    ] {
        let main = first.main().await;
        first.query(main, sql, vec![]).await.unwrap();
    }
    assert_eq!(one(&mut second, "SELECT pg_backend_pid()").await, pid, "it must be the same connection");
    assert_eq!(one(&mut second, "SHOW search_path").await, before);
    assert_eq!(one(&mut second, "SHOW statement_timeout").await, text("20s"));
    assert_eq!(one(&mut second, "SHOW standard_conforming_strings").await, text("on"));
    assert_eq!(one(&mut second, "SELECT current_user = session_user").await, Value::Boolean(true));
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    assert_eq!(one(&mut second, locks).await, int(0));
    assert_eq!(one(&mut second, "SELECT to_regclass('pg_temp.stays')::text").await, Value::Null);
}

#[tokio::test]
async fn a_statement_that_ran_out_of_time_is_cancelled_and_its_connection_stays() {
    let short = Duration::from_millis(300);
    let options = DbOptions { max_connections: 1, statement_timeout: short, ..options() };
    let Some(world) = world(options).await else { return };
    let mut first = world.live();
    let pid = one(&mut first, "SELECT pg_backend_pid()").await;
    let main = first.main().await;
    let sleep = "SELECT pg_sleep(60) /* cancelled when late */";
    assert_eq!(first.query(main, sleep, vec![]).await, Err(Error::Timeout));
    let active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%cancelled when late%' \
        AND state = 'active' AND pid <> pg_backend_pid()";
    assert_eq!(one(&mut first, active).await, int(0));
    assert_eq!(one(&mut first, "SELECT pg_backend_pid()").await, pid);
}

#[tokio::test]
async fn a_guest_that_goes_away_leaves_no_statement_and_no_lock() {
    let Some(world) = world(options()).await else { return };
    let (mut first, mut second) = (world.live(), world.live());
    let main = first.main().await;
    first.execute(main, "CREATE TABLE t (i int PRIMARY KEY)", vec![]).await.unwrap();
    let tx = first.begin(main).await.unwrap();
    first.tx_execute(tx, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
    let sleep = "SELECT pg_sleep(60) /* nobody waits */";
    let given_up = tokio::time::timeout(Duration::from_millis(50), first.tx_query(tx, sleep, vec![])).await;
    assert!(given_up.is_err());
    drop(first);
    ended(&mut second, "nobody waits").await;
    let main = second.main().await;
    assert_eq!(second.execute(main, "INSERT INTO t VALUES (1)", vec![]).await, Ok(1));
}

#[tokio::test]
async fn an_answer_that_nobody_wants_is_stopped() {
    let Some(world) = world(options()).await else { return };
    let mut guest = world.live();
    let main = guest.main().await;
    let endless = "SELECT generate_series(1, 9000000000) /* unwanted */";
    let answer = guest.query(main, endless, vec![]).await;
    assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    ended(&mut guest, "unwanted").await;
}

#[tokio::test]
async fn transactions_that_cannot_both_be_are_a_conflict() {
    let Some(world) = world(options()).await else { return };
    let address = format!("{}%20-cdefault_transaction_isolation%3Dserializable", world.address());
    let database = std::sync::Arc::new(Postgres::open(&address, options()).await.unwrap());
    let session = || Session::live([0; 32]);
    let (mut first, mut second) = (guest(session(), database.clone()), guest(session(), database));
    let (one, two) = (first.main().await, second.main().await);
    first.execute(one, "CREATE TABLE t (i int)", vec![]).await.unwrap();
    first.execute(one, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
    let (a, b) = (first.begin(one).await.unwrap(), second.begin(two).await.unwrap());
    let add = "UPDATE t SET i = i + 1";
    first.tx_query(a, "SELECT i FROM t", vec![]).await.unwrap();
    second.tx_query(b, "SELECT i FROM t", vec![]).await.unwrap();
    first.tx_execute(a, add, vec![]).await.unwrap();
    first.commit(a).await.unwrap();
    let failed = second.tx_execute(b, add, vec![]).await;
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    // Whoever looks at the commit only is told the same.
    assert_eq!(second.commit(b).await.map(|()| 0), failed);
    assert_eq!(second.execute(two, add, vec![]).await, Ok(1));
}

#[tokio::test]
async fn a_deadlock_is_a_conflict() {
    let Some(world) = world(options()).await else { return };
    let (mut first, mut second) = (world.live(), world.live());
    let (one, two) = (first.main().await, second.main().await);
    first.execute(one, "CREATE TABLE t (i int)", vec![]).await.unwrap();
    first.execute(one, "INSERT INTO t VALUES (1), (2)", vec![]).await.unwrap();
    let (a, b) = (first.begin(one).await.unwrap(), second.begin(two).await.unwrap());
    let lock = "UPDATE t SET i = i WHERE i = $1";
    first.tx_execute(a, lock, vec![int(1)]).await.unwrap();
    second.tx_execute(b, lock, vec![int(2)]).await.unwrap();
    let answers = {
        let (one, two) = (first.tx_execute(a, lock, vec![int(2)]), second.tx_execute(b, lock, vec![int(1)]));
        let (one, two) = tokio::join!(one, two);
        [one, two]
    };
    assert_eq!(answers.iter().filter(|it| matches!(it, Err(Error::Conflict(_)))).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|it| **it == Ok(1)).count(), 1, "{answers:?}");
    first.rollback(a).await.unwrap();
    second.rollback(b).await.unwrap();
}
