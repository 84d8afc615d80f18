//! Which statements may run on SQLite, and their parameters.

use flux_host::bindings::flux::host::db::{Error, Value};

use crate::support::{On, int, play, text};

async fn run(sql: &str, params: Vec<Value>) -> Result<Vec<Vec<Value>>, Error> {
    let answer = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        guest.query(main, sql, params.clone()).await
    });
    answer.await.map(|it| it.rows)
}

async fn invalid(sql: &str, params: Vec<Value>) -> String {
    match run(sql, params).await {
        Err(Error::Invalid(failure)) => failure.message,
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn every_placeholder_works() {
    let two = || vec![int(1), text("b")];
    for sql in ["SELECT ?, ?", "SELECT ?1, ?2", "SELECT $1, $2"] {
        assert_eq!(run(sql, two()).await, Ok(vec![two()]), "{sql}");
    }
    for sql in ["SELECT ?2, ?1, ?2", "SELECT $2, $1, $2"] {
        assert_eq!(run(sql, two()).await, Ok(vec![vec![text("b"), int(1), text("b")]]), "{sql}");
    }
    assert_eq!(
        run("SELECT '?', \"a$1\" FROM (SELECT 1 AS a$1) -- ?", vec![]).await,
        Ok(vec![vec![text("?"), int(1)]])
    );
}

#[tokio::test]
async fn the_number_of_parameters_must_fit() {
    assert_eq!(invalid("SELECT ?", vec![]).await, "the statement has 1 parameters, and 0 were given");
    assert_eq!(invalid("SELECT $2", vec![int(1)]).await, "the statement has 2 parameters, and 1 were given");
    assert_eq!(invalid("SELECT 1", vec![int(1)]).await, "the statement has 0 parameters, and 1 were given");
    for sql in ["SELECT ?, ?1", "SELECT $1, ?", "SELECT $2, ?1"] {
        let message = invalid(sql, vec![int(1)]).await;
        assert_eq!(message, "a statement has one kind of parameters: ?, ?1 or $1", "{sql}");
    }
    // These would end the driver's thread.
    for (sql, name) in [
        ("SELECT $0", "$0"),
        ("SELECT ?0", "?0"),
        ("SELECT :name", ":name"),
        ("SELECT @name", "@name"),
        ("SELECT #name", "#name"),
        ("SELECT $name", "$name"),
        ("SELECT $1(a)", "$1("),
        ("SELECT $1::text", "$1:"),
        ("SELECT ?99999999999999999999", "?99999999999999999999"),
    ] {
        assert_eq!(invalid(sql, vec![int(1)]).await, format!("parameter {name} is none of ?, ?1 and $1"));
    }
}

#[tokio::test]
async fn one_statement_at_a_time() {
    let two = "there is more than one statement; hint: send each by itself, in a transaction";
    for sql in [
        "SELECT 1; SELECT 2",
        "SELECT 'a'; -- ;\n SELECT 2",
        "SELECT '\\'; SELECT 2; --'",
        "SELECT [a']; SELECT 2 --']",
        "CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; END; SELECT 2",
    ] {
        assert_eq!(invalid(sql, vec![]).await, two, "{sql}");
    }
    for sql in ["", " \n", "-- only a comment", "/* open", ";"] {
        assert_eq!(invalid(sql, vec![]).await, "there is no statement", "{sql}");
    }
    for sql in [
        "SELECT 1;",
        "SELECT 1 ; ; -- end",
        "/* ; */ SELECT 1 /* ;",
        "SELECT 1 -- ; SELECT 2",
        "\u{feff}SELECT 1",
    ] {
        assert_eq!(run(sql, vec![]).await, Ok(vec![vec![int(1)]]), "{sql}");
    }
    assert_eq!(
        run("SELECT ';', 'it''s; fine', \";\" FROM (SELECT 1 AS \";\")", vec![]).await.unwrap().len(),
        1
    );
    assert_eq!(invalid("SELECT 1\0; SELECT 2", vec![]).await, "the statement holds a NUL character");
}

#[tokio::test]
async fn a_trigger_has_statements_inside() {
    let rows = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        for sql in [
            "CREATE TABLE t (i)",
            "CREATE TABLE log (what)",
            "CREATE TRIGGER seen AFTER INSERT ON t BEGIN
                INSERT INTO log VALUES (CASE WHEN new.i > 1 THEN 'many' ELSE 'one' END);
                INSERT INTO log VALUES ('end;');
            END;",
            "INSERT INTO t VALUES (2)",
        ] {
            guest.execute(main, sql, vec![]).await.unwrap();
        }
        guest.all(main, "log").await
    });
    assert_eq!(rows.await, [[text("many")], [text("end;")]]);
}

#[tokio::test]
async fn nothing_reaches_another_file_or_stays_on_the_connection() {
    for sql in [
        "ATTACH DATABASE 'other.db' AS other",
        "attach 'other.db' AS other",
        "\u{feff}/**/ATTACH 'other.db' AS other",
        "EXPLAIN ATTACH 'other.db' AS other",
        "DETACH main",
        "VACUUM INTO 'other.db'",
        "VACUUM",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA journal_mode",
        "PRAGMA \"journal_mode\"(off)",
        "PRAGMA user_version(5)",
        "PRAGMA user_version = 5",
        "PRAGMA main.foreign_keys = off",
        "EXPLAIN QUERY PLAN PRAGMA foreign_keys = off",
        "PRAGMA",
        "CREATE TEMP TABLE t (i)",
        "CREATE TEMPORARY TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; END",
        "CREATE TABLE temp.t (i)",
        "CREATE TABLE \"Temp\" . t (i)",
    ] {
        let answer = run(sql, vec![]).await;
        assert!(matches!(&answer, Err(Error::Denied(_))), "{sql}: {answer:?}");
    }
}

#[tokio::test]
async fn the_schema_can_be_read() {
    let names = play(On::Sqlite, async |guest| {
        let main = guest.main().await;
        guest.execute(main, "CREATE TABLE t (id INTEGER, \"temp\" TEXT)", vec![]).await.unwrap();
        guest.query(main, "PRAGMA user_version", vec![]).await.unwrap();
        guest.query(main, "EXPLAIN QUERY PLAN SELECT * FROM t", vec![]).await.unwrap();
        let rows = guest.query(main, "PRAGMA main.table_info(t)", vec![]).await.unwrap();
        rows.rows.into_iter().map(|it| it[1].clone()).collect::<Vec<_>>()
    });
    assert_eq!(names.await, [text("id"), text("temp")]);
}
