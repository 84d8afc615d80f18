//! A schema of a test's own on the server that FLUX_TEST_POSTGRES names, gone when the test is.

use std::sync::atomic::{AtomicU32, Ordering};

use flux_test_services::{POSTGRES, service};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

pub struct Schema {
    name: String,
    /// The server's address with the schema as the only one in the search path.
    pub address: String,
}

impl Schema {
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = service(POSTGRES).unwrap();
        let name = format!("flux_db_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(&server, &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await;
        let address = format!("{server}?options=-csearch_path%3D{name}");
        Self { name, address }
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let Some(server) = service(POSTGRES) else { return };
        let sql = format!("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        // A drop cannot wait, and the test's own runtime may be at its end.
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&server, &sql));
        });
        let gone = gone.join();
        assert!(gone.is_ok() || std::thread::panicking(), "the schema {} was not dropped", self.name);
    }
}

async fn run(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}
