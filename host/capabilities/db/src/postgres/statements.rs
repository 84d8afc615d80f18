//! How a guest's statement runs on Postgres.

use flux_host::bindings::flux::host::db::{Error, Rows};
use flux_sql::{Connector, Fate, Server};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnection, PgStatement};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column, Connection, Either, Executor, Postgres, SqlSafeStr, Statement};

use super::{failure, foreign, parameters, values};
use crate::dialect::{self, CheckedStatement, Dialect, Failed};
use crate::syntax::{self, Syntax};

impl Dialect for Server {
    const SYNTAX: Syntax = syntax::POSTGRES;

    async fn query(connection: &mut PgConnection, checked: &CheckedStatement<'_>) -> Result<Rows, Failed> {
        let kept = connection.cached_statements_size();
        let rows = rows(connection, checked).await;
        tidy(connection, checked, kept, rows).await
    }

    async fn execute(connection: &mut PgConnection, checked: &CheckedStatement<'_>) -> Result<u64, Failed> {
        let kept = connection.cached_statements_size();
        let count = count(connection, checked).await;
        tidy(connection, checked, kept, count).await
    }

    fn error(error: sqlx::Error) -> Error {
        failure::error(error)
    }
}

async fn rows(connection: &mut PgConnection, checked: &CheckedStatement<'_>) -> Result<Rows, Failed> {
    let statement = prepare(connection, checked).await?;
    let (mut outdated, mut gone) = (false, false);
    let mut left = bound(checked, &statement)?.fetch(&mut *connection).map_err(|error| {
        outdated = failure::may_be_outdated(&error);
        gone = is_over(&error);
        failure::error(error)
    });
    let rows = dialect::read(&mut left, checked.options, values::row).await;
    drop(left);
    let mut rows = rows.map_err(|failed| Failed { outdated, lost: failed.lost || gone, ..failed })?;
    foreign::read(connection, statement.columns(), &mut rows, checked.options).await?;
    Ok(Rows { columns: statement.columns().iter().map(|it| it.name().to_owned()).collect(), rows })
}

/// Whether what the server said was the end of its connection. What the driver cannot read is not.
fn is_over(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(_)) && Server::fate(error) != Fate::Keep
}

async fn count(connection: &mut PgConnection, checked: &CheckedStatement<'_>) -> Result<u64, Failed> {
    let statement = prepare(connection, checked).await?;
    let done = bound(checked, &statement)?.execute(connection).await.map_err(|error| {
        let (outdated, gone) = (failure::may_be_outdated(&error), is_over(&error));
        let failed = Failed::from(failure::error(error));
        Failed { outdated, lost: failed.lost || gone, ..failed }
    })?;
    // The server also counts what was selected.
    Ok(if checked.facts.counts { done.rows_affected() } else { 0 })
}

/// The statement with its types. The driver keeps it, so that only the first time is a round trip.
async fn prepare(
    connection: &mut PgConnection,
    checked: &CheckedStatement<'_>,
) -> Result<PgStatement, Failed> {
    let sql = AssertSqlSafe(checked.sql).into_sql_str();
    connection.prepare(sql).await.map_err(|error| {
        // Where the driver gave up, the server still has the statement.
        let lost = !matches!(error, sqlx::Error::Database(_));
        let failed = Failed::from(failure::error(error));
        Failed { lost: lost || failed.lost, ..failed }
    })
}

fn bound(
    checked: &CheckedStatement<'_>,
    statement: &PgStatement,
) -> Result<Query<'static, Postgres, PgArguments>, Failed> {
    let types = match statement.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    // A value that does not fit the parameter may fit the type that its column has by now.
    let unfit = |error| Failed { outdated: true, ..Failed::from(error) };
    let (sql, arguments) = parameters::bind(checked.sql, checked.params, types).map_err(unfit)?;
    Ok(sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments))
}

/// Forgets the statements that the driver keeps, once the schema that they were made for may have changed:
/// by this statement, or by somebody else's, for which a failure is the sign. `kept` is how many there were.
async fn tidy<T>(
    connection: &mut PgConnection,
    checked: &CheckedStatement<'_>,
    kept: usize,
    done: Result<T, Failed>,
) -> Result<T, Failed> {
    let grown = connection.cached_statements_size() > kept;
    let done = done.map_err(|failed| {
        // One that was prepared just now cannot be older than the schema.
        let outdated = failed.outdated && !failed.lost && !grown;
        Failed { outdated, ..failed }
    });
    let sign = match &done {
        Ok(_) => checked.facts.schema,
        Err(failed) => failed.outdated || !failed.lost && matches!(failed.error, Error::Invalid(_)),
    };
    if sign && connection.clear_cached_statements().await.is_err() {
        return done.map_err(|failed| Failed { lost: true, outdated: false, ..failed });
    }
    done
}
