//! A database that answers by the text of the statement.

use std::sync::Arc;

use flux_cap_db::Database;
use flux_host::bindings::flux::host::db::{Error, Failure, Rows, Value};
use flux_host::{DbFuture, Transaction};

use super::TEXT;

/// See the [module](self).
pub struct Scripted {
    /// No transaction begins.
    pub refuses: bool,
}

fn failure(message: &str, detail: Option<&str>) -> Failure {
    Failure { message: message.to_owned(), detail: detail.map(str::to_owned) }
}

/// The error that a text is the name of.
fn named(name: &str) -> Option<Error> {
    Some(match name {
        "denied" => Error::Denied("no".to_owned()),
        "invalid" => Error::Invalid(failure("syntax", Some(""))),
        "invalid bare" => Error::Invalid(failure("", None)),
        "constraint" => Error::Constraint(failure("there is one", Some("orders_pkey"))),
        "constraint bare" => Error::Constraint(failure("there is one", None)),
        "conflict" => Error::Conflict(failure("again", Some(TEXT))),
        "conflict bare" => Error::Conflict(failure(TEXT, None)),
        "timeout" => Error::Timeout,
        "unavailable" => Error::Unavailable(String::new()),
        TEXT => Error::Unavailable(TEXT.to_owned()),
        _ => return None,
    })
}

fn rows(sql: &str, params: &[Value]) -> Result<Rows, Error> {
    let of = |columns: &[&str], rows: Vec<Vec<Value>>| {
        Ok(Rows { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows })
    };
    let text = |text: &str| Value::Text(text.to_owned());
    match sql {
        "echo" => {
            let columns = (0..params.len()).map(|number| format!("c{number}")).collect();
            Ok(Rows { columns, rows: vec![params.to_vec()] })
        }
        "nothing" => of(&[], Vec::new()),
        "columns" => of(&["", TEXT, "id", "id"], Vec::new()),
        "empty rows" => of(&[], vec![Vec::new(), Vec::new()]),
        "rows" => of(
            &["n", "t"],
            vec![
                vec![Value::Integer(i64::MIN), text("")],
                vec![Value::Null, text(TEXT)],
                vec![Value::Real(-0.0), Value::Boolean(false)],
            ],
        ),
        name => Err(named(name).unwrap_or_else(|| Error::Invalid(failure(sql, None)))),
    }
}

fn changed(sql: &str) -> Result<u64, Error> {
    let count = sql.strip_prefix("changed ").and_then(|count| count.parse().ok());
    let unknown = || named(sql).unwrap_or_else(|| Error::Invalid(failure(sql, None)));
    count.ok_or_else(unknown)
}

impl Database for Scripted {
    fn query<'a>(&'a self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
        Box::pin(async move { rows(sql, params) })
    }

    fn execute<'a>(&'a self, sql: &'a str, _: &'a [Value]) -> DbFuture<'a, u64> {
        Box::pin(async move { changed(sql) })
    }

    fn identity(&self) -> Arc<str> {
        "scripted".into()
    }

    fn begin(&self) -> DbFuture<'_, Box<dyn Transaction>> {
        Box::pin(async move {
            match self.refuses {
                true => Err(Error::Unavailable("it refuses".to_owned())),
                false => Ok(Box::new(Begun { doom: None }) as _),
            }
        })
    }
}

/// A transaction. `doom <error>` is how it will end.
struct Begun {
    doom: Option<Error>,
}

impl Transaction for Begun {
    fn query<'a>(&'a mut self, sql: &'a str, params: &'a [Value]) -> DbFuture<'a, Rows> {
        Box::pin(async move { rows(sql, params) })
    }

    fn execute<'a>(&'a mut self, sql: &'a str, _: &'a [Value]) -> DbFuture<'a, u64> {
        Box::pin(async move {
            let Some(doom) = sql.strip_prefix("doom ") else {
                return changed(sql);
            };
            self.doom = named(doom);
            Ok(0)
        })
    }

    fn commit(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(async move { self.doom.map_or(Ok(()), Err) })
    }

    fn rollback(self: Box<Self>) -> DbFuture<'static, ()> {
        Box::pin(async move { self.doom.map_or(Ok(()), Err) })
    }
}
