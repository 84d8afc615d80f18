//! PostgreSQL's own way.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::address::Address;
use crate::connector::Connector;
use crate::error::Fate;

/// The role that has the name of the host's own schema.
const ROLE: &str = "flux";

/// PostgreSQL looks for a table in the schema with the role's name first, `"$user"`. For this role that is the schema
/// of the host's own tables: a guest's tables would be hidden as soon as the host makes the schema.
macro_rules! off_the_hosts_schema {
    () => {
        "SELECT set_config('search_path', \
         regexp_replace(current_setting('search_path'), '\"[$]user\"[ ]*,?[ ]*', ''), false) \
         WHERE session_user = 'flux'"
    };
}

/// All that DISCARD ALL does, but for the prepared statements, which are the driver's.
macro_rules! as_new {
    ($($before:literal)?) => {
        concat!(
            $($before,)?
            "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *; ",
            "SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; ",
            off_the_hosts_schema!()
        )
    };
}

/// A database on a server. Not `Debug`: the driver's options would show the password.
pub struct Server {
    address: Address,
    connect: PgConnectOptions,
    setup: Option<String>,
}

impl Server {
    /// A server that nobody has asked anything yet.
    pub fn new(address: &Address) -> Self {
        Self { address: address.clone(), connect: address.options().clone(), setup: None }
    }

    /// With settings that every connection begins with, and goes back to. Some poolers refuse them.
    #[must_use]
    pub fn with_settings<const N: usize>(self, settings: [(&'static str, String); N]) -> Self {
        Self { connect: self.connect.options(settings), ..self }
    }

    /// With the first statements of each connection.
    #[must_use]
    pub fn with_setup(self, sql: String) -> Self {
        Self { setup: Some(sql), ..self }
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Connector for Server {
    type Connection = PgConnection;

    const BEGIN: &'static str = "BEGIN";
    const FORGET: [Option<&'static str>; 2] = [Some(as_new!()), Some(as_new!("ROLLBACK; "))];
    // The server cancels in time, and its connection can be used again. This is for one that hangs.
    const GRACE: Duration = Duration::from_secs(2);

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.connect.connect().await?;
        if self.connect.get_username() == ROLE {
            connection.execute(off_the_hosts_schema!()).await?;
        }
        if let Some(setup) = &self.setup {
            sqlx::raw_sql(AssertSqlSafe(setup.as_str())).execute(&mut connection).await?;
        }
        Ok(connection)
    }

    async fn ping(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        Connection::ping(connection).await
    }

    async fn command(connection: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
        connection.execute(sql).await.map(drop)
    }

    async fn close(connection: PgConnection) -> Result<(), sqlx::Error> {
        Connection::close(connection).await
    }

    /// By the class of the error's code: appendix A of PostgreSQL's manual.
    fn fate(error: &sqlx::Error) -> Fate {
        let sqlx::Error::Database(error) = error else { return Fate::CloseAll };
        let code = error.code().unwrap_or_default();
        match (&*code, code.get(..2).unwrap_or_default()) {
            // The statement was cancelled, because it took too long.
            ("57014", _) => Fate::Keep,
            // The server only reads: behind the address may be another one by now.
            ("25006", _) => Fate::CloseAll,
            // Its transaction waited too long, and the server has ended the connection.
            ("25P03", _) => Fate::Close,
            (_, "08" | "53" | "57" | "58" | "F0" | "XX") => Fate::CloseAll,
            _ => Fate::Keep,
        }
    }

    fn identity(&self) -> String {
        self.address.identity()
    }
}
