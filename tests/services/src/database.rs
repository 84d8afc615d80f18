//! A database of a test's own, on the server that FLUX_TEST_POSTGRES names. It is gone when the test is.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{POSTGRES, service};

/// See the [module](self).
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// An empty database; none where tests have no services.
    pub async fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = service(POSTGRES)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("flux_test_{}_{number}", std::process::id());
        // Nobody is ever connected to this template, which would be in the way.
        let database = Self { server, name };
        database.make().await;
        Some(database)
    }

    /// Its address, with the password.
    pub fn url(&self) -> String {
        // By hand: a URL that sqlx prints has parameters that only sqlx knows.
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// Runs statements beside whoever uses it.
    pub async fn run(&self, sql: &str) {
        run(&self.url(), sql).await.unwrap();
    }

    /// Ends all connections to it and lets nobody in, as if its server had gone.
    pub async fn cut(&self) {
        let name = &self.name;
        let deny = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        run(&self.server, &deny).await.unwrap();
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        run(&self.server, &end).await.unwrap();
    }

    /// Drops it and makes it anew, empty, as an operator may while others use it.
    pub async fn make_anew(&self) {
        self.drop().await;
        self.make().await;
    }

    /// Drops it, whoever uses it.
    pub async fn drop(&self) {
        run(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
    }

    /// Makes it again after [`drop`](Self::drop), empty.
    pub async fn make(&self) {
        run(&self.server, &format!("CREATE DATABASE {} TEMPLATE template0", self.name)).await.unwrap();
    }

    /// Undoes [`cut`](Self::cut).
    pub async fn mend(&self) {
        let allow = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name);
        run(&self.server, &allow).await.unwrap();
    }
}

async fn run(url: &str, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // In a thread of its own, because a test that failed has no runtime to wait in.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        });
        let dropped: Result<Result<(), sqlx::Error>, _> = dropping.join();
        if !matches!(dropped, Ok(Ok(()))) {
            eprintln!("a test's database stays: {dropped:?}");
        }
    }
}
