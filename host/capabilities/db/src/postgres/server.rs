//! Postgres's own way.

use std::time::Duration;

use flux_host::bindings::flux::host::db::{Error, Rows};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgStatement};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Either, Executor, Postgres, SqlSafeStr, Statement,
};

use super::{failure, foreign, parameters, values};
use crate::DbOptions;
use crate::dialect::{self, Dialect, Failed, Run};
use crate::syntax::{self, Syntax};

/// How often the server looks whether the one who asked is still there.
const LOOK: &str = "1s";
/// All that DISCARD ALL does, but for the prepared statements, which are the driver's.
macro_rules! as_new {
    ($($before:literal)?) => {
        concat!(
            $($before,)?
            "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; ",
            "SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"
        )
    };
}

/// What an address may say. The driver ignores anything else, a misspelt sslmode too, and logs its value.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// A database on a server. Not `Debug`: the driver's options would show the password.
pub struct Server {
    connect: PgConnectOptions,
    for_migrations: PgConnectOptions,
    identity: String,
}

impl Server {
    pub(super) fn new(url: &str, options: DbOptions) -> Result<Self, sqlx::Error> {
        check(url).map_err(|why| sqlx::Error::Configuration(why.into()))?;
        // A recording has the statements; the host's log need not have them too.
        let address = url.parse::<PgConnectOptions>()?.disable_statement_logging();
        let identity = identity(&address);
        let address = match address.get_application_name() {
            Some(_) => address,
            None => address.application_name("flux"),
        };
        let timeout = options.statement_timeout.as_millis().clamp(1, i32::MAX as u128);
        let connect = address.clone().options([
            ("statement_timeout", timeout.to_string()),
            ("client_connection_check_interval", LOOK.to_owned()),
            // The checks of a statement read strings as the standard has them.
            ("standard_conforming_strings", "on".to_owned()),
        ]);
        Ok(Self { connect, for_migrations: address, identity })
    }

    pub(super) fn identity(&self) -> String {
        self.identity.clone()
    }

    /// Without limits, since a migration may take long.
    pub(super) async fn connect_for_migrations(&self) -> Result<PgConnection, sqlx::Error> {
        self.for_migrations.connect().await
    }
}

fn check(url: &str) -> Result<(), String> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err("it does not begin with postgres://".to_owned());
    }
    let parameters = url.split_once('?').map_or("", |(_, it)| it).split('&').filter(|it| !it.is_empty());
    let mut names = parameters.map(|it| it.split_once('=').map_or(it, |(name, _)| name));
    // It is not named: a password that should have been encoded may look like one.
    match names.all(|it| PARAMETERS.contains(&it)) {
        true => Ok(()),
        false => Err(format!("it has an unknown parameter; these are known: {}", PARAMETERS.join(", "))),
    }
}

/// The address without a password. Its options are part of it: they may choose another schema.
fn identity(address: &PgConnectOptions) -> String {
    let user = address.get_username();
    let place = match address.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", address.get_host(), address.get_port()),
    };
    // As the server has it: a database is called as its user, unless the address says otherwise.
    let database = address.get_database().unwrap_or(user);
    let options = address.get_options().map(|it| format!("?options={it}")).unwrap_or_default();
    format!("postgres://{user}@{place}/{database}{options}")
}

impl Dialect for Server {
    type Connection = PgConnection;

    const SYNTAX: Syntax = syntax::POSTGRES;
    const BEGIN: &'static str = "BEGIN";
    const LEAVE: [Option<&'static str>; 2] = [Some(as_new!()), Some(as_new!("ROLLBACK; "))];
    // The server cancels in time, and its connection can be used again. This is for one that hangs.
    const GRACE: Duration = Duration::from_secs(2);

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        self.connect.connect().await
    }

    async fn query(connection: &mut PgConnection, run: &Run<'_>) -> Result<Rows, Failed> {
        let kept = connection.cached_statements_size();
        let rows = rows(connection, run).await;
        tidy(connection, run, kept, rows).await
    }

    async fn execute(connection: &mut PgConnection, run: &Run<'_>) -> Result<u64, Failed> {
        let kept = connection.cached_statements_size();
        let count = count(connection, run).await;
        tidy(connection, run, kept, count).await
    }

    async fn command(connection: &mut PgConnection, sql: &'static str) -> Result<(), Failed> {
        connection.execute(sql).await.map_err(failure::error)?;
        Ok(())
    }

    fn error(error: sqlx::Error) -> Error {
        failure::error(error)
    }
}

async fn rows(connection: &mut PgConnection, run: &Run<'_>) -> Result<Rows, Failed> {
    let statement = prepare(connection, run).await?;
    let mut outdated = false;
    let mut left = bound(run, &statement)?.fetch(&mut *connection).map_err(|error| {
        outdated = failure::may_be_outdated(&error);
        failure::error(error)
    });
    let rows = dialect::read(&mut left, run.options, values::row).await;
    drop(left);
    let mut rows = rows.map_err(|failed| Failed { outdated, ..failed })?;
    foreign::read(connection, statement.columns(), &mut rows, run.options).await?;
    Ok(Rows { columns: statement.columns().iter().map(|it| it.name().to_owned()).collect(), rows })
}

async fn count(connection: &mut PgConnection, run: &Run<'_>) -> Result<u64, Failed> {
    let statement = prepare(connection, run).await?;
    let done = bound(run, &statement)?.execute(connection).await.map_err(|error| {
        let outdated = failure::may_be_outdated(&error);
        Failed { outdated, ..Failed::from(failure::error(error)) }
    })?;
    // The server also counts what was selected.
    Ok(if run.checked.counts { done.rows_affected() } else { 0 })
}

/// The statement with its types. The driver keeps it, so that only the first time is a round trip.
async fn prepare(connection: &mut PgConnection, run: &Run<'_>) -> Result<PgStatement, Failed> {
    let sql = AssertSqlSafe(run.sql).into_sql_str();
    connection.prepare(sql).await.map_err(|error| {
        // Where the driver gave up, the server still has the statement.
        let lost = !matches!(error, sqlx::Error::Database(_));
        let failed = Failed::from(failure::error(error));
        Failed { lost: lost || failed.lost, ..failed }
    })
}

fn bound(run: &Run<'_>, statement: &PgStatement) -> Result<Query<'static, Postgres, PgArguments>, Failed> {
    let types = match statement.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    // A value that does not fit the parameter may fit the type that its column has by now.
    let unfit = |error| Failed { outdated: true, ..Failed::from(error) };
    let (sql, arguments) = parameters::bind(run.sql, run.params, types).map_err(unfit)?;
    Ok(sqlx::query_with(AssertSqlSafe(sql.into_owned()), arguments))
}

/// Forgets the statements that the driver keeps, once the schema that they were made for may have changed:
/// by this statement, or by somebody else's, for which a failure is the sign. `kept` is how many there were.
async fn tidy<T>(
    connection: &mut PgConnection,
    run: &Run<'_>,
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
        Ok(_) => run.checked.schema,
        Err(failed) => failed.outdated || !failed.lost && matches!(failed.error, Error::Invalid(_)),
    };
    if sign && connection.clear_cached_statements().await.is_err() {
        return done.map_err(|failed| Failed { lost: true, outdated: false, ..failed });
    }
    done
}
