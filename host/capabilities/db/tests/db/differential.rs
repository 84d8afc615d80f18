//! The same random operations on both databases: the same values, errors and constraints.

use flux_host::bindings::flux::host::db::{Error, Rows, Value};
use flux_test_services::{POSTGRES, service};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Guest, On, World, int, options};

const TABLE: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, \
    n INTEGER CONSTRAINT small CHECK (n < 50), x DOUBLE PRECISION, b BYTEA, ok BOOLEAN, \
    parent INTEGER REFERENCES items (id), UNIQUE (n, ok))";

#[derive(Debug, Clone)]
enum Step {
    Begin,
    Commit,
    Rollback,
    Drop,
    Query(&'static str, Vec<Value>),
    Execute(&'static str, Vec<Value>),
}

/// What both databases must agree on. Messages are each one's own; SQLite names no foreign key.
#[derive(Debug, PartialEq)]
enum Seen {
    Rows(Rows),
    Count(u64),
    Failed(&'static str, Option<String>),
}

fn seen<T>(answer: Result<T, Error>, fine: impl FnOnce(T) -> Seen) -> Seen {
    match answer {
        Ok(value) => fine(value),
        Err(Error::Denied(_)) => Seen::Failed("denied", None),
        Err(Error::Invalid(it)) => Seen::Failed("invalid", it.detail),
        Err(Error::Constraint(it)) => {
            Seen::Failed("constraint", it.detail.filter(|it| it != "items_parent_fkey"))
        }
        Err(Error::Conflict(it)) => Seen::Failed("conflict", it.detail),
        Err(Error::Timeout) => Seen::Failed("timeout", None),
        Err(Error::Unavailable(_)) => Seen::Failed("unavailable", None),
    }
}

fn id() -> impl Strategy<Value = Value> {
    (1..8_i64).prop_map(int)
}

fn or_null(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![4 => value, 1 => Just(Value::Null)]
}

fn row() -> impl Strategy<Value = Vec<Value>> {
    let name = or_null("[ab\u{e9}'\"\\\\$?]{0,3}".prop_map(Value::Text));
    let n = or_null((-3..60_i64).prop_map(int));
    let x = or_null(prop::num::f64::NORMAL.prop_map(Value::Real));
    let b = or_null(prop::collection::vec(any::<u8>(), 0..4).prop_map(Value::Bytes));
    let ok = or_null(any::<bool>().prop_map(Value::Boolean));
    let row = (id(), name, n, x, b, ok, or_null(id()));
    row.prop_map(|(id, name, n, x, b, ok, parent)| vec![id, name, n, x, b, ok, parent])
}

fn step() -> impl Strategy<Value = Step> {
    use Step::{Execute, Query};
    let insert = "INSERT INTO items VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let upsert = "INSERT INTO items (id, name) VALUES ($1, $2) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name, ok";
    let rename = "UPDATE items SET name = $2, n = n + 1 WHERE id = $1";
    let parent = "UPDATE items SET parent = $2 WHERE id < $1";
    prop_oneof![
        8 => row().prop_map(move |it| Execute(insert, it)),
        3 => row().prop_map(move |it| Query(upsert, it[..2].to_vec())),
        3 => row().prop_map(move |it| Execute(rename, it[..2].to_vec())),
        2 => (id(), or_null(id())).prop_map(move |(id, to)| Execute(parent, vec![id, to])),
        2 => id().prop_map(|id| Execute("DELETE FROM items WHERE id = $1", vec![id])),
        1 => id().prop_map(|id| Query("DELETE FROM items WHERE id = $1 RETURNING id, name", vec![id])),
        2 => Just(Query("SELECT count(*) AS many, sum(n) AS total, max(name) AS last FROM items", vec![])),
        2 => id().prop_map(|id| Query("SELECT * FROM items WHERE id >= $1 ORDER BY id", vec![id])),
        1 => Just(Query("WITH t AS (SELECT id, x FROM items) SELECT * FROM t ORDER BY id DESC LIMIT 2", vec![])),
        1 => Just(Query("SELECT missing FROM items", vec![])),
        1 => Just(Execute("UPDATE nowhere SET n = 1", vec![])),
        1 => Just(Execute("DELETE FROM items WHERE id = $1", vec![])),
        1 => Just(Query("SELECT 1; SELECT 2", vec![])),
        4 => Just(Step::Begin),
        3 => Just(Step::Commit),
        1 => Just(Step::Rollback),
        1 => Just(Step::Drop),
    ]
}

/// A guest and its open transaction, in which it does everything then.
struct Player {
    guest: Guest,
    main: u32,
    tx: Option<u32>,
}

impl Player {
    async fn new(world: &World) -> Self {
        let mut guest = world.live();
        let main = guest.main().await;
        guest.execute(main, "DROP TABLE IF EXISTS items", vec![]).await.unwrap();
        guest.execute(main, TABLE, vec![]).await.unwrap();
        Self { guest, main, tx: None }
    }

    async fn play(&mut self, step: Step) -> Option<Seen> {
        let (guest, main) = (&mut self.guest, self.main);
        Some(match (step, self.tx) {
            (Step::Begin, None) => {
                self.tx = Some(guest.begin(main).await.unwrap());
                return None;
            }
            (Step::Commit, Some(_)) => {
                let done = guest.commit(self.tx.take()?).await;
                seen(done, |()| Seen::Count(0))
            }
            (Step::Rollback, Some(_)) => seen(guest.rollback(self.tx.take()?).await, |()| Seen::Count(0)),
            (Step::Drop, Some(_)) => {
                guest.drop_tx(self.tx.take()?).await;
                return None;
            }
            (Step::Query(sql, params), Some(tx)) => seen(guest.tx_query(tx, sql, params).await, Seen::Rows),
            (Step::Query(sql, params), None) => seen(guest.query(main, sql, params).await, Seen::Rows),
            (Step::Execute(sql, params), Some(tx)) => {
                seen(guest.tx_execute(tx, sql, params).await, Seen::Count)
            }
            (Step::Execute(sql, params), None) => seen(guest.execute(main, sql, params).await, Seen::Count),
            (Step::Begin | Step::Commit | Step::Rollback | Step::Drop, _) => return None,
        })
    }
}

async fn compare(worlds: &[World; 2], steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut players = [Player::new(&worlds[0]).await, Player::new(&worlds[1]).await];
    let end = Step::Query("SELECT * FROM items ORDER BY id", vec![]);
    for step in steps.into_iter().chain([Step::Commit, end]) {
        let sqlite = players[0].play(step.clone()).await;
        let postgres = players[1].play(step.clone()).await;
        prop_assert_eq!(sqlite, postgres, "{:?}", step);
    }
    Ok(())
}

#[test]
fn both_databases_answer_the_same() {
    if service(POSTGRES).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _inside = runtime.enter();
    let worlds = runtime.block_on(async {
        [World::new(On::Sqlite, options()).await, World::new(On::Postgres, options()).await]
    });
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = prop::collection::vec(step(), 1..40);
    runner.run(&steps, |steps| runtime.block_on(compare(&worlds, steps))).unwrap();
}
