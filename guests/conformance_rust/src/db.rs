//! `/db`: databases. The host is scripted: it answers a statement by its text.

use crate::canonical::{Canonical, Report, error};
use crate::edges::{BEYOND_DOUBLE, BYTES, TEXT, large_bytes, large_text};
use flux_sdk::db::{Connection, Error, Rows, Value};
use flux_sdk::http;
use flux_sdk::http::Response;

/// Statements that the host answers with an error; `bare` is one without a detail.
const FAILING: [&str; 10] = [
    "denied",
    "invalid",
    "invalid bare",
    "constraint",
    "constraint bare",
    "conflict",
    "conflict bare",
    "timeout",
    "unavailable",
    TEXT,
];

pub fn run() -> Result<Response, http::Error> {
    let mut report = Report::default();
    report.line("db.open", "missing", &Connection::open("missing").map(drop));
    let db = Connection::open("main")?;
    queries(&mut report, &db);
    executes(&mut report, &db);
    for sql in FAILING {
        report.line("db.query", sql, &db.query(sql, &[]));
        report.line("db.execute", sql, &db.execute(sql, &[]));
    }
    transactions(&mut report, &db)?;
    ends(&mut report, &db)?;
    Ok(report.respond())
}

/// `echo` is answered with one row: the parameters.
fn queries(report: &mut Report, db: &Connection) {
    report.line("db.query", "echo", &db.query("echo", &edges()));
    report.line("db.query", "echo", &db.query("echo", &[Value::Bytes(large_bytes())]));
    report.line("db.query", "echo", &db.query("echo", &[Value::Text(large_text())]));
    for sql in ["echo", "nothing", "columns", "empty rows", "rows"] {
        report.line("db.query", sql, &db.query(sql, &[]));
    }
}

fn executes(report: &mut Report, db: &Connection) {
    for sql in ["changed 0", "changed 1", "changed 9007199254740993", "changed 18446744073709551615"] {
        report.line("db.execute", sql, &db.execute(sql, &[Value::Text(TEXT.to_owned()), Value::Null]));
    }
}

fn edges() -> Vec<Value> {
    let integers = [0, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, i64::MIN, i64::MAX].map(Value::Integer);
    let reals = [0.0, -0.0, 1.0, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, f64::MAX];
    let texts = ["", "1", TEXT].map(|text| Value::Text(text.to_owned()));
    let bytes = [b"", BYTES].map(|bytes| Value::Bytes(bytes.to_vec()));
    let mut values = vec![Value::Null, Value::Boolean(true), Value::Boolean(false)];
    values.extend(integers);
    values.extend(reals.map(Value::Real));
    values.extend(texts);
    values.extend(bytes);
    values
}

/// Committed, undone, two at once, dropped.
fn transactions(report: &mut Report, db: &Connection) -> Result<(), Error> {
    let tx = db.begin()?;
    report.line("db.tx.query", "echo", &tx.query("echo", &[Value::Integer(BEYOND_DOUBLE)]));
    report.line("db.tx.execute", "changed 1", &tx.execute("changed 1", &[Value::Real(-0.0)]));
    for sql in FAILING {
        report.line("db.tx.query", sql, &tx.query(sql, &[]));
        report.line("db.tx.execute", sql, &tx.execute(sql, &[]));
    }
    report.line("db.tx.commit", "", &tx.commit());
    let tx = db.begin()?;
    report.line("db.tx.rollback", "", &tx.rollback());
    let (first, second) = (db.begin()?, db.begin()?);
    report.line("db.tx.execute", "second", &second.execute("changed 2", &[]));
    report.line("db.tx.execute", "first", &first.execute("changed 1", &[]));
    report.line("db.tx.commit", "second", &second.commit());
    drop(first);
    Ok(())
}

/// What cannot be begun or ended. `doom` decides how the host answers the end of its transaction.
fn ends(report: &mut Report, db: &Connection) -> Result<(), Error> {
    let refusing = Connection::open("refusing")?;
    report.line("db.begin", "refusing", &refusing.begin().map(drop));
    for doom in ["doom conflict", "doom timeout"] {
        let tx = db.begin()?;
        report.line("db.tx.execute", doom, &tx.execute(doom, &[]));
        report.line("db.tx.commit", doom, &tx.commit());
    }
    let tx = db.begin()?;
    report.line("db.tx.execute", "doom unavailable", &tx.execute("doom unavailable", &[]));
    report.line("db.tx.rollback", "doom unavailable", &tx.rollback());
    Ok(())
}

impl Canonical for Value {
    fn canonical(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(value) => value.canonical(),
            Self::Integer(value) => value.canonical(),
            Self::Real(value) => value.canonical(),
            Self::Text(value) => value.canonical(),
            Self::Bytes(value) => value.as_slice().canonical(),
        }
    }
}

impl Canonical for Rows {
    fn canonical(&self) -> String {
        format!("{} {}", self.columns.canonical(), self.rows.canonical())
    }
}

impl Canonical for Error {
    fn canonical(&self) -> String {
        let (case, carried) = match self {
            Self::Denied(why) => ("denied", vec![why.canonical()]),
            Self::Invalid(failure) => {
                ("invalid", vec![failure.message.canonical(), failure.detail.canonical()])
            }
            Self::Constraint(failure) => {
                ("constraint", vec![failure.message.canonical(), failure.detail.canonical()])
            }
            Self::Conflict(failure) => {
                ("conflict", vec![failure.message.canonical(), failure.detail.canonical()])
            }
            Self::Timeout => ("timeout", Vec::new()),
            Self::Unavailable(why) => ("unavailable", vec![why.canonical()]),
        };
        error(case, &carried, &self.to_string())
    }
}
