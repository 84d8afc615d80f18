//! Transactions: what stays, what is undone, and what is recorded of them.

use flux_host::bindings::flux::host::db::{Error, Failure};
use flux_recorder::Session;

use crate::support::{Guest, On, World, int, on_both, options, play, text};

on_both! {
    a_commit_stays,
    a_rollback_and_a_drop_undo,
    the_end_of_an_execution_undoes,
    a_call_that_is_given_up_leaves_no_transaction,
    a_transaction_is_not_used_while_it_is_busy,
    a_failed_statement_ends_the_transaction,
    a_commit_that_fails_undoes,
    a_transaction_has_a_number_in_the_journal,
}

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";
const INSERT: &str = "INSERT INTO t VALUES ($1, $2)";
const FOREVER: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

async fn table(guest: &mut Guest) -> u32 {
    let main = guest.main().await;
    guest.execute(main, TABLE, vec![]).await.unwrap();
    main
}

async fn a_commit_stays(on: On) {
    let (inside, after) = play(on, async |guest| {
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

async fn a_rollback_and_a_drop_undo(on: On) {
    let left = play(on, async |guest| {
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

async fn the_end_of_an_execution_undoes(on: On) {
    let world = World::new(on, options()).await;
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

async fn a_call_that_is_given_up_leaves_no_transaction(on: On) {
    let world = World::new(on, options()).await;
    let mut first = world.live();
    let main = table(&mut first).await;
    let tx = first.begin(main).await.unwrap();
    first.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
    let limit = std::time::Duration::from_millis(50);
    let given_up = tokio::time::timeout(limit, first.tx_query(tx, FOREVER, vec![])).await;
    assert!(given_up.is_err());
    drop(first);
    let mut second = world.live();
    let main = second.main().await;
    assert_eq!(second.execute(main, INSERT, vec![int(1), text("b")]).await, Ok(1));
}

async fn a_transaction_is_not_used_while_it_is_busy(on: On) {
    let world = World::new(on, options()).await;
    let database = world.database();
    let mut tx = database.begin().await.unwrap();
    let limit = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(limit, tx.query(FOREVER, &[])).await.is_err());
    let then = tx.query("SELECT 1", &[]).await;
    assert!(matches!(then, Err(Error::Unavailable(_))), "{then:?}");
    let end = tx.commit().await;
    assert!(matches!(end, Err(Error::Unavailable(_))), "{end:?}");
}

/// Whatever the reason, and whichever the database.
async fn a_failed_statement_ends_the_transaction(on: On) {
    for (sql, params) in [
        (INSERT, vec![int(1), text("again")]),
        ("SELECT missing", vec![]),
        ("SELEC 1", vec![]),
        ("SELECT v FROM t WHERE id = $1", vec![]),
        ("VACUUM", vec![]),
    ] {
        let (failed, then, end, left) = play(on, async |guest| {
            let main = table(guest).await;
            guest.execute(main, INSERT, vec![int(1), text("a")]).await.unwrap();
            let tx = guest.begin(main).await.unwrap();
            guest.tx_execute(tx, INSERT, vec![int(2), text("b")]).await.unwrap();
            let failed = guest.tx_query(tx, sql, params.clone()).await;
            let then = guest.tx_execute(tx, INSERT, vec![int(3), text("c")]).await;
            // Its locks are gone before it is.
            guest.execute(main, INSERT, vec![int(2), text("d")]).await.unwrap();
            (failed, then, guest.commit(tx).await, guest.all(main, "t").await)
        })
        .await;
        let (Err(first), Err(Error::Invalid(then)), Err(Error::Invalid(end))) = (&failed, &then, &end) else {
            panic!("{sql}: {failed:?}, {then:?}, {end:?}")
        };
        let (Error::Constraint(Failure { message, .. })
        | Error::Invalid(Failure { message, .. })
        | Error::Denied(message)) = first
        else {
            panic!("{sql}: {first:?}")
        };
        let after =
            format!("the transaction was undone when a statement failed ({message}); hint: begin another");
        assert_eq!((&then.message, &end.message), (&after, &after), "{sql}");
        assert_eq!(left, [[int(1), text("a")], [int(2), text("d")]], "{sql}");
    }
}

#[tokio::test]
async fn a_transaction_that_sqlite_undid_by_itself_is_over_too() {
    let (failed, end, left) = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        let table = "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, v TEXT)";
        guest.execute(main, table, vec![]).await.unwrap();
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, INSERT, vec![int(1), text("a")]).await.unwrap();
        let failed = guest.tx_execute(tx, INSERT, vec![int(1), text("b")]).await;
        (failed, guest.commit(tx).await, guest.all(main, "t").await)
    })
    .await;
    assert!(matches!(failed, Err(Error::Constraint(_))), "{failed:?}");
    assert!(matches!(end, Err(Error::Invalid(_))), "{end:?}");
    assert_eq!(left.len(), 0);
}

async fn a_commit_that_fails_undoes(on: On) {
    let (end, left) = play(on, async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE p (id INTEGER PRIMARY KEY)", vec![]).await.unwrap();
        let child = "CREATE TABLE c (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)";
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

async fn a_transaction_has_a_number_in_the_journal(on: On) {
    let labels = play(on, async |guest| {
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
    let world = World::new(On::Sqlite, options()).await;
    let mut guest = world.guest(Session::live([0; 32]));
    let main = guest.main().await;
    let resource = wasmtime::component::Resource::new_borrow(main);
    let mut view = flux_cap_db::View(&mut guest.0);
    use flux_host::bindings::flux::host::db::HostTransaction;
    let answer = HostTransaction::query(&mut view, resource, "SELECT 1".to_owned(), vec![]).await;
    assert!(answer.is_err());
}
