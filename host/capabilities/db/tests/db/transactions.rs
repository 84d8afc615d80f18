//! Transactions: what stays, what is undone, and what is recorded of them.

use flux_host::bindings::flux::host::db::Error;
use flux_recorder::Session;

use crate::support::{Guest, World, int, options, play, text};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, v TEXT)";
const INSERT: &str = "INSERT INTO t VALUES ($1, $2)";

async fn table(guest: &mut Guest) -> u32 {
    let main = guest.main().await;
    guest.execute(main, TABLE, vec![]).await.unwrap();
    main
}

#[tokio::test]
async fn a_commit_stays() {
    let (inside, after) = play(async |guest| {
        let main = table(guest).await;
        let tx = guest.begin(main).await.unwrap();
        assert_eq!(guest.tx_execute(tx, INSERT, vec![int(1), text("a")]).await, Ok(1));
        let inside = guest.tx_query(tx, "SELECT v FROM t", vec![]).await.unwrap().rows;
        let before = guest.all(main, "t").await;
        assert_eq!(before.len(), 0, "others see it before it is committed");
        guest.commit(tx).await.unwrap();
        (inside, guest.all(main, "t").await)
    })
    .await;
    assert_eq!(inside, [[text("a")]]);
    assert_eq!(after, [[int(1), text("a")]]);
}

#[tokio::test]
async fn a_rollback_and_a_drop_undo() {
    let left = play(async |guest| {
        let main = table(guest).await;
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
        guest.rollback(tx).await.unwrap();
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, INSERT, vec![int(2), text("b")]).await.unwrap();
        guest.drop_tx(tx).await;
        // The write lock was given back too.
        guest.execute(main, INSERT, vec![int(3), text("c")]).await.unwrap();
        guest.all(main, "t").await
    });
    assert_eq!(left.await, [[int(3), text("c")]]);
}

#[tokio::test]
async fn the_end_of_an_execution_undoes() {
    let world = World::new(options()).await;
    let mut first = world.live();
    let main = table(&mut first).await;
    let tx = first.begin(main).await.unwrap();
    first.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
    drop(first);
    let mut second = world.live();
    let main = second.main().await;
    assert_eq!(second.execute(main, INSERT, vec![int(2), text("b")]).await, Ok(1));
    assert_eq!(second.all(main, "t").await, [[int(2), text("b")]]);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_no_transaction() {
    let world = World::new(options()).await;
    let mut first = world.live();
    let main = table(&mut first).await;
    let tx = first.begin(main).await.unwrap();
    first.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
    let forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let limit = std::time::Duration::from_millis(50);
    let given_up = tokio::time::timeout(limit, first.tx_query(tx, forever, vec![])).await;
    assert!(given_up.is_err());
    drop(first);
    let mut second = world.live();
    let main = second.main().await;
    assert_eq!(second.execute(main, INSERT, vec![int(1), text("b")]).await, Ok(1));
}

#[tokio::test]
async fn a_failed_statement_leaves_the_transaction_open() {
    let (failed, left) = play(async |guest| {
        let main = table(guest).await;
        guest.execute(main, "CREATE TABLE u (v TEXT UNIQUE)", vec![]).await.unwrap();
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, "INSERT INTO u VALUES ('a')", vec![]).await.unwrap();
        let failed = guest.tx_execute(tx, "INSERT INTO u VALUES ('a')", vec![]).await;
        guest.tx_execute(tx, "INSERT INTO u VALUES ('b')", vec![]).await.unwrap();
        guest.commit(tx).await.unwrap();
        (failed, guest.all(main, "u").await)
    })
    .await;
    assert!(matches!(failed, Err(Error::Constraint(_))), "{failed:?}");
    assert_eq!(left, [[text("a")], [text("b")]]);
}

#[tokio::test]
async fn a_transaction_that_sqlite_undid_is_over() {
    let (failed, then, end, left) = play(async |guest| {
        let main = table(guest).await;
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
        // The table says ON CONFLICT ROLLBACK.
        let failed = guest.tx_execute(tx, INSERT, vec![int(1), text("b")]).await;
        let then = guest.tx_execute(tx, INSERT, vec![int(2), text("c")]).await;
        let end = guest.commit(tx).await;
        (failed, then, end, guest.all(main, "t").await)
    })
    .await;
    assert!(matches!(failed, Err(Error::Constraint(_))), "{failed:?}");
    assert!(matches!(then, Err(Error::Conflict(_))), "{then:?}");
    assert!(matches!(end, Err(Error::Conflict(_))), "{end:?}");
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn a_commit_that_fails_undoes() {
    let (end, left) = play(async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE p (id INTEGER PRIMARY KEY)", vec![]).await.unwrap();
        let child = "CREATE TABLE c (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)";
        guest.execute(main, child, vec![]).await.unwrap();
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, "INSERT INTO c VALUES (9)", vec![]).await.unwrap();
        let end = guest.commit(tx).await;
        (end, guest.all(main, "c").await)
    })
    .await;
    assert!(matches!(end, Err(Error::Constraint(_))), "{end:?}");
    assert_eq!(left.len(), 0);
}

#[tokio::test]
async fn a_transaction_has_a_number_in_the_journal() {
    let labels = play(async |guest| {
        let main = table(guest).await;
        let mut labels = Vec::new();
        for _ in 0..2 {
            let tx = guest.begin(main).await.unwrap();
            labels.push(guest.0.handles().label(tx).unwrap().to_string());
            guest.commit(tx).await.unwrap();
            assert!(guest.0.handles().label(tx).is_err());
        }
        labels
    });
    assert_eq!(labels.await, ["main#1", "main#2"]);
}

#[tokio::test]
async fn a_handle_that_was_never_begun_is_a_trap() {
    let world = World::new(options()).await;
    let mut guest = world.guest(Session::live([0; 32]));
    let main = guest.main().await;
    let resource = wasmtime::component::Resource::new_borrow(main);
    let mut view = flux_cap_db::View(&mut guest.0);
    use flux_host::bindings::flux::host::db::HostTransaction;
    let answer = HostTransaction::query(&mut view, resource, "SELECT 1".to_owned(), vec![]).await;
    assert!(answer.is_err());
}
