//! Where the two databases answer differently: every function and operator that both have, with arguments of every
//! type. The list is docs/db-differences.md, and this test keeps it. `FLUX_BLESS=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flux_cap_db::{Database, DbOptions};
use flux_host::bindings::flux::host::db::{Error, Value};
use flux_test_services::{POSTGRES, service};

use crate::support::{On, World, int, options, text};

/// A column of each type, and one that is NULL.
const TABLE: &str = "CREATE TABLE v (k BIGINT PRIMARY KEY, int BIGINT, real DOUBLE PRECISION, text TEXT, \
    bytes BYTEA, bool BOOLEAN, numeric NUMERIC, missing BIGINT)";
const COLUMNS: [&str; 7] = ["int", "real", "text", "bytes", "bool", "numeric", "missing"];

/// Their answer is another each time, or says something of the program and its connection.
const NOT_COMPARED: [&str; 6] = ["changes", "date", "random", "randomblob", "sqlite_version", "time"];

/// What is no function, or is one that a parser of PostgreSQL knows and its catalogue does not.
const TEMPLATES: &[&str] = &[
    "{0} + {1}",
    "{0} - {1}",
    "{0} * {1}",
    "{0} / {1}",
    "{0} % {1}",
    "{0} || {1}",
    "{0} = {1}",
    "{0} <> {1}",
    "{0} < {1}",
    "{0} >= {1}",
    "{0} AND {1}",
    "{0} OR {1}",
    "{0} LIKE {1}",
    "{0} IS NOT DISTINCT FROM {1}",
    "{0} & {1}",
    "{0} << {1}",
    "coalesce({0}, {1})",
    "nullif({0}, {1})",
    "CASE WHEN {0} THEN {1} END",
    "-{0}",
    "NOT {0}",
    "~{0}",
    "{0}",
    "{0} IS NULL",
    "{0} BETWEEN {0} AND {0}",
    "{0} IN ({0})",
    "CAST({0} AS integer)",
    "CAST({0} AS bigint)",
    "CAST({0} AS double precision)",
    "CAST({0} AS numeric)",
    "CAST({0} AS text)",
    "CAST({0} AS varchar(2))",
    "CAST({0} AS boolean)",
    "CAST({0} AS date)",
    "count(DISTINCT {0})",
    "sum({0}) / 2",
];

/// Literals, and what their order or case decides.
const ALONE: &[&str] = &[
    "1",
    "1.5",
    "1e3",
    "'a'",
    "NULL",
    "TRUE",
    "1 / 2",
    "-7 / 2",
    "-7 % 2",
    "1 / 0",
    "1.0 / 0",
    "1 % 0",
    "9223372036854775807 + 1",
    "9223372036854775808",
    "0.1 + 0.2",
    "2 * 0.5",
    "'a' LIKE 'A'",
    "'ä' LIKE 'Ä'",
    "upper('straße')",
    "length('日本')",
    "substr('abc', 0, 2)",
    "substr('abc', -1)",
    "'10' = 10",
    "'a ' = 'a'",
    "round(2.5)",
    "round(-2.5)",
    "round(2.567, 2)",
    "round(CAST(2.5 AS double precision))",
    "CAST(2.7 AS integer)",
    "CAST('12abc' AS integer)",
    "CURRENT_DATE IS NOT NULL",
    "EXISTS (SELECT 1)",
    "(SELECT 1 WHERE FALSE)",
    "(SELECT missing FROM v UNION ALL SELECT 1 ORDER BY 1 LIMIT 1)",
    "(SELECT missing FROM v UNION ALL SELECT 1 ORDER BY 1 DESC LIMIT 1)",
    "(SELECT count(*) FROM v)",
    "(SELECT avg(int) FROM v WHERE FALSE)",
    "(SELECT sum(int) FROM v WHERE FALSE)",
];

const HEAD: &str = "\
# Where SQLite and PostgreSQL answer differently

A test writes this page. It tries every function that both databases have by the same name, and every operator, with an
argument of every type, and compares the answers that a guest gets. What is not on this page is the same on both.
[db.md](db.md#where-the-two-differ) says in short what to know, and how to write a statement that gives the same on both.

The arguments are columns of one table: `int` is a BIGINT (7), `real` a DOUBLE PRECISION (2.5), `text` a TEXT ('Ab c'),
`bytes` a BYTEA, `bool` a BOOLEAN (true), `numeric` a NUMERIC (12.50), and `missing` a BIGINT that is NULL.

## Different values

The values are those of the first expression in a row, and of the first of two rows of the table where they differ.
The second row has 3, 0.75, '12', one byte, false, 4 and NULL.

";

const REFUSED: &str = "
## What only one of them takes

PostgreSQL checks types and answers `invalid`; SQLite converts the argument (a text that is no number counts as 0) and
answers. The table has the functions and operators with which that happens. Of the other arguments, both refuse some.

";

/// What a statement gave: a row's value each, or the kind of error.
type Answer = Result<Vec<Value>, &'static str>;

struct Pair {
    sqlite: Arc<dyn Database>,
    postgres: Arc<dyn Database>,
}

impl Pair {
    async fn new(worlds: &[World; 2]) -> Self {
        let pair = Self { sqlite: worlds[0].database(), postgres: worlds[1].database() };
        for database in [&pair.sqlite, &pair.postgres] {
            database.execute(TABLE, &[]).await.unwrap();
            for row in rows() {
                database
                    .execute("INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", &row)
                    .await
                    .unwrap();
            }
        }
        pair
    }

    /// The functions that both have by the same name.
    async fn functions(&self) -> BTreeSet<String> {
        let sqlite = names(&*self.sqlite, "SELECT DISTINCT name FROM pragma_function_list").await;
        let sql = "SELECT DISTINCT proname::text AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace";
        let postgres = names(&*self.postgres, sql).await;
        let both = sqlite.intersection(&postgres).filter(|it| !NOT_COMPARED.contains(&it.as_str()));
        both.cloned().collect()
    }

    async fn ask(&self, expression: &str) -> [Answer; 2] {
        // An aggregate has one row and no order.
        let sql = format!("SELECT {expression} AS it FROM (SELECT * FROM v ORDER BY k) AS v");
        [answer(&*self.postgres, &sql).await, answer(&*self.sqlite, &sql).await]
    }
}

fn rows() -> [Vec<Value>; 2] {
    let row = |k, i, r, t: &str, b: &[u8], o, n: &str| {
        let values =
            [int(k), int(i), Value::Real(r), text(t), Value::Bytes(b.to_vec()), Value::Boolean(o), text(n)];
        values.into_iter().chain([Value::Null]).collect()
    };
    [row(1, 7, 2.5, "Ab c", &[1, 255], true, "12.50"), row(2, 3, 0.75, "12", &[0x31], false, "4")]
}

async fn names(database: &dyn Database, sql: &str) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    // In pages: an answer has at most so many rows.
    loop {
        let after = all.last().map_or("", String::as_str);
        let sql = format!("SELECT name FROM ({sql}) AS t WHERE name > $1 ORDER BY name LIMIT 40");
        let rows = database.query(&sql, &[text(after)]).await.unwrap().rows;
        if rows.is_empty() {
            return all;
        }
        all.extend(rows.into_iter().map(|row| match &row[..] {
            [Value::Text(name)] => name.clone(),
            other => panic!("{other:?}"),
        }));
    }
}

async fn answer(database: &dyn Database, sql: &str) -> Answer {
    match database.query(sql, &[]).await {
        Ok(rows) => Ok(rows.rows.into_iter().flatten().collect()),
        Err(Error::Invalid(_)) => Err("`invalid`"),
        Err(Error::Denied(_)) => Err("`denied`"),
        Err(other) => panic!("{sql}: {other:?}"),
    }
}

/// All expressions, by the function or operator that they try.
fn expressions(functions: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for function in functions {
        all.push((format!("{function}()"), format!("{function}()")));
        for first in COLUMNS {
            all.push((format!("{function}(a)"), format!("{function}({first})")));
            for second in COLUMNS {
                all.push((format!("{function}(a, b)"), format!("{function}({first}, {second})")));
            }
        }
    }
    for template in TEMPLATES {
        let name = template.replace("{0}", "a").replace("{1}", "b");
        for first in COLUMNS {
            let seconds = if template.contains("{1}") { &COLUMNS[..] } else { &COLUMNS[..1] };
            all.extend(
                seconds
                    .iter()
                    .map(|second| (name.clone(), template.replace("{0}", first).replace("{1}", second))),
            );
        }
    }
    all.extend(ALONE.iter().map(|it| ((*it).to_owned(), (*it).to_owned())));
    all
}

/// As the page shows an answer: the type and the value of a row.
fn shown(answer: &Answer, row: usize) -> String {
    let value = match answer {
        Err(error) => return (*error).to_owned(),
        Ok(values) => values.get(row).unwrap_or(&Value::Null),
    };
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(it) => format!("boolean {it}"),
        Value::Integer(it) => format!("integer {it}"),
        Value::Real(it) => format!("real {it:?}"),
        Value::Text(it) if it.is_empty() => "text, empty".to_owned(),
        Value::Text(it) => format!("text `{}`", it.replace('|', "\\|")),
        Value::Bytes(it) => format!("bytes {it:02x?}"),
    }
}

/// How both answers are shown, by the first row that differs; none: they are the same.
fn difference([postgres, sqlite]: &[Answer; 2]) -> Option<[String; 2]> {
    let rows = 0..postgres.as_ref().map_or(1, Vec::len).max(sqlite.as_ref().map_or(1, Vec::len));
    let mut shown = rows.map(|row| [shown(postgres, row), shown(sqlite, row)]);
    // As text, which tells 0.0 from -0.0.
    shown.find(|[postgres, sqlite]| postgres != sqlite)
}

/// What tells one kind of difference from another: the types, not the values.
fn kind(shown: &str) -> String {
    shown.split(' ').next().unwrap_or_default().to_owned()
}

/// Expressions with different values, by the same name and the same types; and what the first of them gave.
struct Group {
    expressions: Vec<String>,
    postgres: String,
    sqlite: String,
}

/// What one function or operator takes.
#[derive(Default)]
struct Taken {
    by_both: Vec<String>,
    by_postgres: Vec<String>,
    by_sqlite: Vec<String>,
}

#[derive(Default)]
struct Page {
    differ: BTreeMap<(String, String, String), Group>,
    taken: BTreeMap<String, Taken>,
}

impl Page {
    fn add(&mut self, name: &str, expression: &str, answers: &[Answer; 2]) {
        // A literal has no other arguments that both take.
        let is_alone = name == expression;
        if answers.iter().all(Result::is_ok) || is_alone {
            self.compare(name, expression, answers);
        }
        if is_alone {
            return;
        }
        let taken = self.taken.entry(name.to_owned()).or_default();
        match answers.each_ref().map(Result::is_ok) {
            [true, true] => taken.by_both.push(expression.to_owned()),
            [true, false] => taken.by_postgres.push(expression.to_owned()),
            [false, true] => taken.by_sqlite.push(expression.to_owned()),
            [false, false] => {}
        }
    }

    fn compare(&mut self, name: &str, expression: &str, answers: &[Answer; 2]) {
        let Some([postgres, sqlite]) = difference(answers) else { return };
        let key = (name.to_owned(), kind(&postgres), kind(&sqlite));
        let group = self.differ.entry(key).or_insert_with(|| Group { expressions: vec![], postgres, sqlite });
        group.expressions.push(expression.to_owned());
    }

    fn text(&self) -> String {
        let mut out = HEAD.to_owned();
        out.push_str("| expression | PostgreSQL | SQLite |\n|---|---|---|\n");
        for Group { expressions, postgres, sqlite } in self.differ.values() {
            writeln!(out, "| {} | {postgres} | {sqlite} |", listed(expressions)).unwrap();
        }
        out.push_str(REFUSED);
        out.push_str("| function or operator | both take | PostgreSQL alone takes |\n|---|---|---|\n");
        for (name, taken) in &self.taken {
            if !taken.by_sqlite.is_empty() || !taken.by_postgres.is_empty() {
                let (both, postgres) = (listed(&taken.by_both), listed(&taken.by_postgres));
                writeln!(out, "| {} | {both} | {postgres} |", listed(std::slice::from_ref(name))).unwrap();
            }
        }
        out
    }
}

fn listed(expressions: &[String]) -> String {
    let quoted: Vec<_> = expressions.iter().map(|it| format!("`{}`", it.replace('|', "\\|"))).collect();
    quoted.join(", ")
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/db-differences.md")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_difference_is_in_the_page() {
    if service(POSTGRES).is_none() {
        return;
    }
    let options = DbOptions { max_rows: 100, ..options() };
    let worlds = [World::new(On::Sqlite, options).await, World::new(On::Postgres, options).await];
    let pair = Pair::new(&worlds).await;
    let functions = pair.functions().await;
    assert!(functions.len() > 30, "{functions:?}");
    let mut page = Page::default();
    for (name, expression) in expressions(&functions) {
        page.add(&name, &expression, &pair.ask(&expression).await);
    }
    let (made, path) = (page.text(), path());
    if std::env::var_os("FLUX_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    let mut lines = made.lines().zip(kept.lines());
    if let Some((made, kept)) = lines.find(|(made, kept)| made != kept) {
        panic!("docs/db-differences.md says\n{kept}\nand the databases say\n{made}");
    }
    assert_eq!(made.lines().count(), kept.lines().count());
}
