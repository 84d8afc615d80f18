//! Several executions at once.

use crate::support::{On, World, int, on_both, options};

on_both! {
    concurrent_transactions_lose_nothing,
    a_reader_does_not_wait_for_a_writer,
}

const ADD: &str = "UPDATE t SET n = n + 1";

async fn concurrent_transactions_lose_nothing(on: On) {
    let world = World::new(on, options()).await;
    let mut first = world.live();
    let main = first.main().await;
    first.execute(main, "CREATE TABLE t (n INTEGER)", vec![]).await.unwrap();
    first.execute(main, "INSERT INTO t VALUES (0)", vec![]).await.unwrap();
    let tasks = (0..2).map(|_| {
        let mut guest = world.live();
        tokio::spawn(async move {
            let main = guest.main().await;
            for _ in 0..20 {
                let tx = guest.begin(main).await.unwrap();
                // Reads, then writes: what a deferred transaction of SQLite could not do.
                guest.tx_query(tx, "SELECT n FROM t", vec![]).await.unwrap();
                guest.tx_execute(tx, ADD, vec![]).await.unwrap();
                guest.commit(tx).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(first.all(main, "t").await, [[int(40)]]);
}

async fn a_reader_does_not_wait_for_a_writer(on: On) {
    let world = World::new(on, options()).await;
    let (mut writer, mut reader) = (world.live(), world.live());
    let main = writer.main().await;
    writer.execute(main, "CREATE TABLE t (n INTEGER)", vec![]).await.unwrap();
    let tx = writer.begin(main).await.unwrap();
    writer.tx_execute(tx, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
    let other = reader.main().await;
    assert_eq!(reader.all(other, "t").await.len(), 0);
    writer.commit(tx).await.unwrap();
    assert_eq!(reader.all(other, "t").await, [[int(1)]]);
}
