//! The types of Postgres, both ways: the tables of docs/db.md.

use flux_cap_db::DbOptions;
use flux_host::bindings::flux::host::db::{Error, Value};
use flux_test_services::{POSTGRES, service};

use crate::support::{Guest, On, World, int, options, text};

const SCHEMA: [&str; 4] = [
    "CREATE TYPE mood AS ENUM ('sad', 'it''s \"fine\"')",
    "CREATE DOMAIN positive AS numeric CHECK (value > 0)",
    "CREATE DOMAIN tags AS text[]",
    "CREATE TYPE pair AS (a int, \"b c\" text)",
];

async fn world() -> Option<(World, Guest, u32)> {
    service(POSTGRES)?;
    let options = DbOptions { max_rows: 20_000, ..options() };
    let world = World::new(On::Postgres, options).await;
    let mut guest = world.live();
    let main = guest.main().await;
    for sql in SCHEMA {
        guest.execute(main, sql, vec![]).await.unwrap();
    }
    Some((world, guest, main))
}

/// A table with one column for each case.
async fn table<T>(guest: &mut Guest, main: u32, cases: &[(&str, T, T)]) {
    let columns: Vec<_> = cases.iter().enumerate().map(|(at, it)| format!("v{at} {}", it.0)).collect();
    guest.execute(main, &format!("CREATE TABLE t ({})", columns.join(", ")), vec![]).await.unwrap();
}

/// What comes back of a value that was sent to a column, and what the server's own text of it is.
async fn round_trip(guest: &mut Guest, main: u32, at: usize, sent: Value) -> (Value, Value) {
    let sql = format!("INSERT INTO t (v{at}) VALUES ($1) RETURNING v{at}, v{at}::text");
    let rows = guest.query(main, &sql, vec![sent]).await.unwrap().rows;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    (row[0].clone(), row[1].clone())
}

#[tokio::test]
async fn every_type_travels_as_its_own_text() {
    let Some((_world, mut guest, main)) = world().await else { return };
    let cases = [
        ("numeric", "00123.4500", "123.4500"),
        ("numeric", "-0.00001", "-0.00001"),
        ("numeric", "10000000000000000", "10000000000000000"),
        ("numeric", "1e-20", "0.00000000000000000001"),
        ("numeric(6, -2)", "123456", "123500"),
        ("numeric", "NaN", "NaN"),
        ("numeric", "-Infinity", "-Infinity"),
        ("numeric", "0.000", "0.000"),
        ("positive", "1.50", "1.50"),
        ("uuid", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("uuid", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001"),
        ("json", " {\"b\": 1, \"a\": [1.10, null]} ", " {\"b\": 1, \"a\": [1.10, null]} "),
        ("jsonb", "{\"b\": 1, \"a\": [1.10, null]}", "{\"a\": [1.10, null], \"b\": 1}"),
        ("date", "29 February 2024", "2024-02-29"),
        ("date", "0044-03-15 BC", "0044-03-15 BC"),
        ("date", "5874897-12-31", "5874897-12-31"),
        ("date", "-infinity", "-infinity"),
        ("timestamp", "2024-02-29T12:00:00.120", "2024-02-29 12:00:00.12"),
        ("timestamp", "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"),
        ("timestamp", "infinity", "infinity"),
        ("timestamptz", "2024-02-29T12:00:00+05:30", "2024-02-29 06:30:00+00"),
        ("timestamptz", "0001-01-01 00:00:00 BC", "0001-01-01 00:00:00+00 BC"),
        ("timestamptz", "294276-12-31 23:59:59.999999+00", "294276-12-31 23:59:59.999999+00"),
        ("time", "23:59:59.5", "23:59:59.5"),
        ("timetz", "12:00+02", "12:00:00+02"),
        ("interval", "1 year -2 days 3:04:05.6", "1 year -2 days +03:04:05.6"),
        ("int[]", "{{1,2},{3,NULL}}", "{{1,2},{3,NULL}}"),
        ("int[]", "[0:1]={1,2}", "[0:1]={1,2}"),
        ("text[]", "{}", "{}"),
        (
            "text[]",
            r#"{"a,b","say \"hi\"",NULL,"NULL","\\",""}"#,
            r#"{"a,b","say \"hi\"",NULL,"NULL","\\",""}"#,
        ),
        ("tags", "{a,b}", "{a,b}"),
        ("char(3)[]", "{ab,abc}", "{\"ab \",abc}"),
        ("numeric[]", "{1.50,NaN}", "{1.50,NaN}"),
        ("mood", "it's \"fine\"", "it's \"fine\""),
        ("mood[]", "{sad,\"it's \\\"fine\\\"\"}", "{sad,\"it's \\\"fine\\\"\"}"),
        ("pair", "(1,\"a \"\"b\"\"\")", "(1,\"a \"\"b\"\"\")"),
        ("int4range", "[1,5)", "[1,5)"),
        ("inet", "192.168.0.1/24", "192.168.0.1/24"),
        ("macaddr", "08-00-2b-01-02-03", "08:00:2b:01:02:03"),
        ("bit(5)", "10110", "10110"),
        ("bit varying", "101", "101"),
        ("bit varying[]", "{101,1}", "{101,1}"),
        ("money", "12.5", "$12.50"),
        ("point", "(1.5,-2)", "(1.5,-2)"),
        ("tsvector", "a b:2", "'a' 'b':2"),
        ("xml", "<a>1</a>", "<a>1</a>"),
        ("oid", "4294967295", "4294967295"),
        ("regclass", "pg_class", "pg_class"),
        ("pg_lsn", "16/B374D848", "16/B374D848"),
        ("name", "a name", "a name"),
        ("varchar(4)", "naïv", "naïv"),
        ("bpchar", "a  ", "a  "),
        ("\"char\"", "x", "x"),
    ];
    table(&mut guest, main, &cases).await;
    for (at, (declared, sent, came)) in cases.into_iter().enumerate() {
        let (got, server) = round_trip(&mut guest, main, at, text(sent)).await;
        assert_eq!(got, text(came), "{declared} {sent}");
        // A cast to text takes the spaces of a bpchar away, which a value keeps.
        assert!(server == got || declared == "bpchar", "{declared} {sent}: {server:?}");
        let (null, _) = round_trip(&mut guest, main, at, Value::Null).await;
        assert_eq!(null, Value::Null);
    }
}

#[tokio::test]
async fn numbers_booleans_and_bytes_are_values_of_their_own() {
    let Some((_world, mut guest, main)) = world().await else { return };
    let cases = [
        ("smallint", int(-32_768), int(-32_768)),
        ("integer", text(" 2147483647 "), int(2_147_483_647)),
        ("bigint", text("9223372036854775807"), int(i64::MAX)),
        ("bigint", Value::Real(-3.0), int(-3)),
        ("double precision", int(1 << 53), Value::Real(9_007_199_254_740_992.0)),
        ("double precision", text("1e-300"), Value::Real(1e-300)),
        ("double precision", Value::Real(f64::INFINITY), Value::Real(f64::INFINITY)),
        ("real", Value::Real(0.1), Value::Real(0.100_000_001_490_116_12)),
        ("real", Value::Real(f64::NEG_INFINITY), Value::Real(f64::NEG_INFINITY)),
        ("numeric", int(i64::MIN), text("-9223372036854775808")),
        ("numeric", Value::Real(0.1), text("0.1")),
        ("numeric", Value::Real(f64::NAN), text("NaN")),
        ("text", int(7), text("7")),
        ("jsonb", int(7), text("7")),
        ("boolean", Value::Boolean(true), Value::Boolean(true)),
        ("bytea", Value::Bytes(vec![0, 92, 255]), Value::Bytes(vec![0, 92, 255])),
        // Compared apart, since it is not itself.
        ("double precision", Value::Null, Value::Null),
    ];
    table(&mut guest, main, &cases).await;
    let last = cases.len() - 1;
    for (at, (declared, sent, came)) in cases.into_iter().enumerate() {
        let (got, _) = round_trip(&mut guest, main, at, sent.clone()).await;
        assert_eq!(got, came, "{declared} {sent:?}");
    }
    let (nan, _) = round_trip(&mut guest, main, last, Value::Real(f64::NAN)).await;
    assert!(matches!(nan, Value::Real(it) if it.is_nan()), "{nan:?}");
}

#[tokio::test]
async fn a_whole_number_that_was_computed_is_an_integer_and_a_column_is_text() {
    let Some((_world, mut guest, main)) = world().await else { return };
    guest
        .execute(main, "CREATE TABLE t (hits BIGINT, price NUMERIC(10, 2), n NUMERIC)", vec![])
        .await
        .unwrap();
    let two = "INSERT INTO t VALUES (40, 1.50, 5), (2, 2.50, 6)";
    guest.execute(main, two, vec![]).await.unwrap();
    let sums = "SELECT sum(hits), sum(price), sum(n), avg(hits), sum(hits) FILTER (WHERE hits > 99) FROM t";
    let rows = guest.query(main, sums, vec![]).await.unwrap().rows;
    assert_eq!(rows, [[int(42), text("4.00"), int(11), text("21.0000000000000000"), Value::Null]]);
    let columns = guest.query(main, "SELECT n, price FROM t ORDER BY n LIMIT 1", vec![]).await.unwrap().rows;
    assert_eq!(columns, [[text("5"), text("1.50")]]);
    let over = "SELECT 9223372036854775807::numeric + 1, 'NaN'::numeric, -9223372036854775808::numeric";
    let rows = guest.query(main, over, vec![]).await.unwrap().rows;
    assert_eq!(rows, [[text("9223372036854775808"), text("NaN"), int(i64::MIN)]]);
}

#[tokio::test]
async fn what_does_not_fit_a_type_is_refused() {
    let Some((_world, mut guest, main)) = world().await else { return };
    for (declared, sent, why) in [
        ("smallint", int(32_768), "it is an integer that is no int2"),
        ("integer", text("2147483648"), "it is text that is no int4"),
        ("bigint", text("1.0"), "it is text that is no int8"),
        ("bigint", Value::Real(0.5), "it is a real that is no int8"),
        ("double precision", int((1 << 53) + 1), "it is an integer that is no float8"),
        ("real", int((1 << 24) + 1), "it is an integer that is no float4"),
        ("real", Value::Real(1e300), "it is a real that is no float4"),
        ("boolean", int(1), "it is an integer that is no bool"),
        ("bytea", text("abc"), "it is text that is no bytea"),
        ("text", Value::Boolean(true), "it is a boolean that is no text"),
        ("text", Value::Real(0.5), "it is a real that is no text"),
        ("uuid", Value::Bytes(vec![0; 16]), "it is bytes that is no uuid"),
        ("uuid", text("abc"), "invalid input syntax for type uuid"),
        ("timestamptz", text("yesterday-ish"), "invalid input syntax for type timestamp with time zone"),
        ("mood", text("glad"), "invalid input value for enum mood"),
        ("int[]", text("{1,NULL,{3}}"), "malformed array literal"),
        ("text", text("a\0b"), "invalid byte sequence for encoding"),
    ] {
        guest.execute(main, &format!("CREATE TABLE t (v {declared})"), vec![]).await.unwrap();
        let answer = guest.execute(main, "INSERT INTO t VALUES ($1)", vec![sent]).await;
        let Err(Error::Invalid(failure)) = answer else { panic!("{declared}: {answer:?}") };
        assert!(failure.message.contains(why), "{declared}: {failure:?}");
        guest.execute(main, "DROP TABLE t", vec![]).await.unwrap();
    }
    guest.execute(main, "CREATE TABLE t (v positive)", vec![]).await.unwrap();
    let answer = guest.execute(main, "INSERT INTO t VALUES ($1)", vec![text("-1")]).await;
    let Err(Error::Constraint(failure)) = answer else { panic!("{answer:?}") };
    assert_eq!(failure.detail.as_deref(), Some("positive_check"));
}

/// The server makes the values and their text.
async fn agrees(guest: &mut Guest, main: u32, values: &str) {
    let rows = guest.query(main, &format!("SELECT v, v::text FROM ({values}) AS t(v)"), vec![]).await;
    let rows = rows.unwrap().rows;
    assert!(rows.len() > 1000, "{values}: {}", rows.len());
    for row in rows {
        // A whole number that was computed is an integer.
        let seen = if let Value::Integer(it) = row[0] { text(&it.to_string()) } else { row[0].clone() };
        assert_eq!(seen, row[1], "{values}");
    }
}

#[tokio::test]
async fn the_texts_that_are_made_here_are_those_of_the_server() {
    let Some((_world, mut guest, main)) = world().await else { return };
    for values in [
        "SELECT generate_series(timestamp '4713-01-01 BC', timestamp '294000-01-01', '9973 days 7:01:07.000123')",
        "SELECT generate_series(timestamptz '1999-01-01', timestamptz '2001-03-02', '5 hours 0.1 seconds')",
        "SELECT date '4713-01-01 BC' + 200003 * i FROM generate_series(0, 10700) AS i",
        "SELECT date '1890-01-01' + 7 * i FROM generate_series(0, 10700) AS i",
        "SELECT i::numeric ^ 3 * 1234567.891011 / 10::numeric ^ abs(i % 60) FROM generate_series(-2000, 2000) AS i",
        "SELECT round(10::numeric ^ (i / 100.0), abs(i) % 40) FROM generate_series(-2000, 2000) AS i",
        "SELECT md5(i::text)::uuid FROM generate_series(0, 1200) AS i",
    ] {
        agrees(&mut guest, main, values).await;
    }
}

#[tokio::test]
async fn the_longest_numeric_is_exact() {
    let Some((_world, mut guest, main)) = world().await else { return };
    let longest = format!("{}.{}", "9".repeat(131_072), "9".repeat(16_383));
    table(&mut guest, main, &[("numeric", "", "")]).await;
    let (got, _) = round_trip(&mut guest, main, 0, text(&longest)).await;
    assert_eq!(got, text(&longest));
}

#[tokio::test]
async fn many_foreign_values_keep_their_places() {
    let Some((_world, mut guest, main)) = world().await else {
        return;
    };
    let sql = "SELECT i, CASE WHEN i % 3 > 0 THEN ARRAY[i, -i] END, i * interval '1 day' \
        FROM generate_series(1, 1700) AS i";
    let rows = guest.query(main, sql, vec![]).await.unwrap();
    assert_eq!(rows.columns, ["i", "case", "?column?"]);
    for (at, row) in (1..).zip(rows.rows) {
        let array = if at % 3 > 0 { text(&format!("{{{at},-{at}}}")) } else { Value::Null };
        let days = if at == 1 { text("1 day") } else { text(&format!("{at} days")) };
        assert_eq!(row, [int(at), array, days]);
    }
}

#[tokio::test]
async fn what_has_no_text_is_refused_with_a_way_out() {
    let Some((_world, mut guest, main)) = world().await else { return };
    for (sql, why) in [
        ("SELECT (1, 'a') AS both", "hint: select it as text, both::text"),
        ("SELECT 'flux=r/flux'::aclitem AS item", "hint: select it with ::text"),
        ("SELECT '{[1,2]}'::nummultirange", "hint: write column::text, and $1::text::its_type"),
    ] {
        let answer = guest.query(main, sql, vec![]).await;
        let Err(Error::Invalid(failure)) = answer else { panic!("{sql}: {answer:?}") };
        assert!(failure.message.ends_with(why), "{failure:?}");
    }
    let sql = "SELECT (1, 'a')::text, $1::text::nummultirange::text, pg_notify('nobody', '')";
    let rows = guest.query(main, sql, vec![text("{[1,2)}")]).await.unwrap();
    assert_eq!(rows.rows, [[text("(1,a)"), text("{[1,2)}"), text("")]]);
}
