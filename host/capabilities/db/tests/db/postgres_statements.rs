//! Which statements may run on Postgres.

use std::sync::Arc;

use flux_cap_db::{DbOptions, Postgres};
use flux_host::bindings::flux::host::db::Error;
use flux_recorder::Session;
use flux_test_services::{POSTGRES, service};

use crate::statements::Open;
use crate::support::{On, World, guest, int, options, text};

#[tokio::test]
async fn no_statement_changes_the_session_or_leaves_the_database() {
    if service(POSTGRES).is_none() {
        return;
    }
    let world = World::new(On::Postgres, options()).await;
    let mut guest = world.live();
    let main = guest.main().await;
    for sql in [
        "SET statement_timeout = 0",
        "/* /* nested */ */ SET ROLE postgres",
        "RESET ALL",
        "DISCARD ALL",
        "PREPARE p AS SELECT 1",
        "PREPARE TRANSACTION 'x'",
        "EXECUTE p",
        "EXPLAIN ANALYZE EXECUTE p",
        "EXPLAIN (ANALYZE, BUFFERS) EXECUTE p",
        "DEALLOCATE ALL",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "LISTEN all_of_it",
        "NOTIFY all_of_it",
        "COPY t TO '/tmp/t'",
        "COPY t FROM PROGRAM 'id'",
        "DO $$ BEGIN COMMIT; END $$",
        "CALL p()",
        "LOCK TABLE t",
        "LOAD 'auto_explain'",
        "VACUUM t",
        "GRANT ALL ON t TO public",
        "CREATE ROLE evil SUPERUSER",
        "ALTER ROLE flux SET search_path = evil",
        "ALTER SYSTEM SET fsync = off",
        "ALTER DATABASE postgres SET search_path = evil",
        "CREATE DATABASE other",
        "CREATE EXTENSION dblink",
        "DROP OWNED BY flux",
        "CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1",
        "CREATE LOCAL TEMP TABLE t (i int)",
        "CREATE TABLE pg_temp.t (i int)",
        "CREATE TABLE \"pg_temp\" . t (i int)",
    ] {
        let answer = guest.query(main, sql, vec![]).await;
        assert!(matches!(&answer, Err(Error::Denied(_))), "{sql}: {answer:?}");
    }
}

#[tokio::test]
async fn a_second_statement_cannot_hide() {
    if service(POSTGRES).is_none() {
        return;
    }
    let mut open = Open::on(On::Postgres).await;
    let two = "there is more than one statement; hint: send each by itself, in a transaction";
    for sql in [
        "SELECT $$;$$; SELECT 2",
        "SELECT $a$ $$ $a$; SELECT 2 --$a$",
        "SELECT E'\\''; SELECT 2 --'",
        "SELECT 1 -- \r; SELECT 2",
        "SELECT 1 /* /* */ */; SELECT 2",
        "SELECT a$b$; SELECT 2 --$b$",
    ] {
        assert_eq!(open.invalid(sql, vec![]).await, two, "{sql}");
    }
    for sql in [
        "SELECT length($$;'$$)",
        "SELECT length($a$;$$$a$) - 2 + 1",
        "SELECT length(E'\\';') - 1",
        "SELECT 1 /* /* ; */ ; */",
        "SELECT 1 -- '\r\n",
    ] {
        let rows = open.run(sql, vec![]).await.unwrap();
        assert_eq!(rows.len(), 1, "{sql}");
    }
}

#[tokio::test]
async fn the_language_of_postgres_is_understood() {
    if service(POSTGRES).is_none() {
        return;
    }
    let mut open = Open::on(On::Postgres).await;
    for (sql, params, came) in [
        ("SELECT ('{\"a\": 1}'::jsonb ? $1)::int", vec![text("a")], int(1)),
        ("SELECT $1::int8", vec![int(7)], int(7)),
        ("SELECT ($1::text[])[2]", vec![text("{a,b}")], text("b")),
        ("SELECT $1::int4 = ANY($2::int4[])", vec![int(2), text("{1,2}")], text("")),
        ("(SELECT 1) UNION (SELECT 1)", vec![], int(1)),
        ("VALUES ($1::interval)", vec![text("1:00")], text("01:00:00")),
        ("SHOW standard_conforming_strings", vec![], text("on")),
        ("WITH t AS MATERIALIZED (SELECT 1 AS a) TABLE t", vec![], int(1)),
        (
            "SELECT count(*) FROM generate_series($1::date, $2, '1 day')",
            vec![text("2024-02-01"), text("2024-03-01")],
            int(30),
        ),
    ] {
        let rows = open.run(sql, params).await.unwrap();
        let matches = rows == [[came.clone()]] || came == text("") && rows.len() == 1;
        assert!(matches, "{sql}: {rows:?}");
    }
}

#[tokio::test]
async fn a_parameter_of_no_type_is_refused_with_a_way_out() {
    if service(POSTGRES).is_none() {
        return;
    }
    let mut open = Open::on(On::Postgres).await;
    let message = open.invalid("SELECT $1 IS NULL", vec![int(1)]).await;
    let hint = "could not determine data type of parameter $1; hint: write a cast such as $1::text";
    assert_eq!(message, hint);
}

#[tokio::test]
async fn the_schema_may_be_made_of_anything_but_rights() {
    if service(POSTGRES).is_none() {
        return;
    }
    let world = World::new(On::Postgres, options()).await;
    let mut guest = world.live();
    let main = guest.main().await;
    for sql in [
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, v text)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (v)",
        "CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t",
        "CREATE FUNCTION two() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "CREATE FUNCTION upper_v() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.v := upper(new.v); RETURN new; END; $$",
        "CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION upper_v()",
        "REFRESH MATERIALIZED VIEW m",
        "COMMENT ON TABLE t IS 'a table; with a comment'",
        "EXPLAIN (ANALYZE, COSTS off) INSERT INTO t (v) VALUES ('a')",
        "EXPLAIN INSERT INTO t (v) VALUES ('never')",
        "MERGE INTO t USING (VALUES ('b')) AS s(v) ON t.v = s.v WHEN NOT MATCHED THEN INSERT (v) VALUES (s.v)",
    ] {
        guest.query(main, sql, vec![]).await.unwrap();
    }
    let sql = "WITH gone AS (DELETE FROM t WHERE v = $1 RETURNING v) SELECT v, two() FROM gone";
    let rows = guest.query(main, sql, vec![text("A")]).await.unwrap();
    assert_eq!(rows.rows, [[text("A"), int(2)]]);
    let rows = guest.query(main, "SELECT v FROM t", vec![]).await.unwrap();
    assert_eq!(rows.rows, [[text("B")]]);
    guest.execute(main, "TRUNCATE t", vec![]).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_somebody_else_changed_is_found_out() {
    if service(POSTGRES).is_none() {
        return;
    }
    // One connection, which has seen the statements before.
    let options = DbOptions { max_connections: 1, ..options() };
    let world = World::new(On::Postgres, options).await;
    let others = Postgres::open(world.address(), options).await.unwrap();
    let mut other = guest(Session::live([0; 32]), Arc::new(others));
    let mut guest = world.live();
    let main = guest.main().await;
    guest.execute(main, "CREATE TABLE t (a int)", vec![]).await.unwrap();
    let insert = "INSERT INTO t VALUES ($1)";
    guest.execute(main, insert, vec![int(1)]).await.unwrap();
    guest.all(main, "t").await;
    let elsewhere = other.main().await;
    let alter = "ALTER TABLE t ALTER COLUMN a TYPE uuid USING md5(a::text)::uuid";
    other.execute(elsewhere, alter, vec![]).await.unwrap();
    let rows = guest.query(main, "SELECT * FROM t", vec![]).await.unwrap();
    assert_eq!(rows.rows, [[text("c4ca4238-a0b9-2382-0dcc-509a6f75849b")]]);
    let id = text("00000000-0000-0000-0000-000000000001");
    assert_eq!(guest.execute(main, insert, vec![id]).await, Ok(1));

    // In a transaction that is too late: it is a conflict once, which says that the whole may be run again.
    let alter = "ALTER TABLE t ALTER COLUMN a TYPE text USING 'x'";
    other.execute(elsewhere, alter, vec![]).await.unwrap();
    let tx = guest.begin(main).await.unwrap();
    let once = guest.tx_query(tx, "SELECT * FROM t", vec![]).await;
    assert!(matches!(once, Err(Error::Conflict(_))), "{once:?}");
    guest.rollback(tx).await.unwrap();
    let tx = guest.begin(main).await.unwrap();
    let then = guest.tx_query(tx, "SELECT * FROM t", vec![]).await.unwrap();
    assert_eq!(then.rows[0], [text("x")]);
    guest.commit(tx).await.unwrap();
}
