//! Statements that ran before somebody else changed the schema, and names that are not there.

use std::sync::Arc;

use flux_cap_db::{Database, Postgres, Sqlite};
use flux_host::bindings::flux::host::db::{Error, Rows, Value};

use crate::support::{Guest, On, World, int, on_both, options, text};

on_both! {
    a_table_that_was_made_anew_has_its_new_types,
    a_parameter_has_the_type_of_the_new_column,
    columns_have_their_new_names_without_rows_too,
    a_change_that_answers_is_prepared_anew,
    double_quotes_hold_names,
}

/// A guest, and another process on the same database.
struct Two {
    guest: Guest,
    main: u32,
    other: Arc<dyn Database>,
    _world: World,
}

impl Two {
    async fn on(on: On) -> Self {
        let world = World::new(on, options()).await;
        let other: Arc<dyn Database> = match on {
            On::Sqlite => {
                Arc::new(Sqlite::open(&world.folder.path().join("main.db"), options()).await.unwrap())
            }
            On::Postgres => Arc::new(Postgres::open(world.address(), options()).await.unwrap()),
        };
        let mut guest = world.live();
        let main = guest.main().await;
        Self { guest, main, other, _world: world }
    }

    async fn query(&mut self, sql: &str, params: Vec<Value>) -> Result<Rows, Error> {
        self.guest.query(self.main, sql, params).await
    }

    async fn execute(&mut self, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        self.guest.execute(self.main, sql, params).await
    }

    async fn elsewhere(&self, statements: &[&str]) {
        for sql in statements {
            self.other.execute(sql, &[]).await.unwrap();
        }
    }
}

async fn a_table_that_was_made_anew_has_its_new_types(on: On) {
    let mut two = Two::on(on).await;
    two.elsewhere(&["CREATE TABLE t (flag integer)", "INSERT INTO t VALUES (1)"]).await;
    let ask = "SELECT flag FROM t";
    for _ in 0..3 {
        assert_eq!(two.query(ask, vec![]).await.unwrap().rows, [[int(1)]]);
    }
    two.elsewhere(&["DROP TABLE t", "CREATE TABLE t (flag BOOLEAN)", "INSERT INTO t VALUES (true)"]).await;
    assert_eq!(two.query(ask, vec![]).await.unwrap().rows, [[Value::Boolean(true)]]);
    two.elsewhere(&["DROP TABLE t", "CREATE TABLE t (flag text)", "INSERT INTO t VALUES ('yes')"]).await;
    assert_eq!(two.query(ask, vec![]).await.unwrap().rows, [[text("yes")]]);
}

async fn a_parameter_has_the_type_of_the_new_column(on: On) {
    let mut two = Two::on(on).await;
    two.elsewhere(&["CREATE TABLE t (value integer)"]).await;
    let (insert, find) = ("INSERT INTO t VALUES ($1)", "SELECT value FROM t WHERE value = $1");
    assert_eq!(two.execute(insert, vec![int(1)]).await, Ok(1));
    assert_eq!(two.query(find, vec![int(1)]).await.unwrap().rows, [[int(1)]]);
    two.elsewhere(&["DROP TABLE t", "CREATE TABLE t (value bigint)"]).await;
    assert_eq!(two.execute(insert, vec![int(1 << 40)]).await, Ok(1), "it has become a bigint");
    assert_eq!(two.query(find, vec![int(1 << 40)]).await.unwrap().rows, [[int(1 << 40)]]);
    two.elsewhere(&["DROP TABLE t", "CREATE TABLE t (value text)"]).await;
    assert_eq!(two.execute(insert, vec![text("a")]).await, Ok(1), "it has become a text");
    assert_eq!(two.query(find, vec![text("a")]).await.unwrap().rows, [[text("a")]]);
}

async fn columns_have_their_new_names_without_rows_too(on: On) {
    let mut two = Two::on(on).await;
    two.elsewhere(&["CREATE TABLE t (a integer)"]).await;
    let ask = "SELECT * FROM t";
    for _ in 0..3 {
        assert_eq!(two.query(ask, vec![]).await.unwrap().columns, ["a"]);
    }
    two.elsewhere(&["ALTER TABLE t ADD COLUMN b integer"]).await;
    assert_eq!(two.query(ask, vec![]).await.unwrap().columns, ["a", "b"]);
    two.elsewhere(&["ALTER TABLE t RENAME COLUMN b TO c"]).await;
    assert_eq!(two.query(ask, vec![]).await.unwrap().columns, ["a", "c"]);
    two.elsewhere(&["INSERT INTO t VALUES (1, 2)"]).await;
    let rows = two.query(ask, vec![]).await.unwrap();
    assert_eq!((rows.columns, rows.rows), (vec!["a".to_owned(), "c".to_owned()], vec![vec![int(1), int(2)]]));
    two.elsewhere(&["ALTER TABLE t DROP COLUMN a"]).await;
    let rows = two.query(ask, vec![]).await.unwrap();
    assert_eq!((rows.columns, rows.rows), (vec!["c".to_owned()], vec![vec![int(2)]]));
}

async fn a_change_that_answers_is_prepared_anew(on: On) {
    let mut two = Two::on(on).await;
    two.elsewhere(&["CREATE TABLE t (a integer)"]).await;
    let ask = "INSERT INTO t (a) VALUES ($1) RETURNING *";
    assert_eq!(two.query(ask, vec![int(1)]).await.unwrap().columns, ["a"]);
    two.elsewhere(&["ALTER TABLE t ADD COLUMN b integer DEFAULT 7"]).await;
    let rows = two.query(ask, vec![int(2)]).await.unwrap();
    assert_eq!((rows.columns.len(), rows.rows), (2, vec![vec![int(2), int(7)]]));
    let count = two.query("SELECT count(a) FROM t", vec![]).await.unwrap();
    assert_eq!(count.rows, [[int(2)]], "it ran once");
}

async fn double_quotes_hold_names(on: On) {
    let mut two = Two::on(on).await;
    two.elsewhere(&["CREATE TABLE t (name text)", "INSERT INTO t VALUES ('nmae')"]).await;
    assert_eq!(two.query("SELECT \"name\" FROM t", vec![]).await.unwrap().rows, [[text("nmae")]]);
    for wrong in [
        "SELECT \"nmae\" FROM t",
        "SELECT name FROM t WHERE name = \"nmae\"",
        "INSERT INTO t VALUES (\"nmae\")",
        "UPDATE t SET name = \"nmae\"",
        "CREATE INDEX i ON t (\"nmae\")",
        "CREATE TABLE u (a text CHECK (a <> \"nmae\"))",
        "CREATE VIEW v AS SELECT name FROM t WHERE name = \"nmae\"",
    ] {
        let answer = two.execute(wrong, vec![]).await;
        // SQLite looks into a view when somebody asks for it.
        let answer = match (on, &answer) {
            (On::Sqlite, Ok(_)) if wrong.contains("VIEW") => two.execute("SELECT * FROM v", vec![]).await,
            _ => answer,
        };
        assert!(matches!(&answer, Err(Error::Invalid(_))), "{wrong}: {answer:?}");
    }
    assert_eq!(two.query("SELECT name FROM t", vec![]).await.unwrap().rows, [[text("nmae")]]);
}
