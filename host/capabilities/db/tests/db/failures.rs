//! Every case of the error.

use std::sync::Arc;
use std::time::Duration;

use flux_cap_db::{Database, DbOptions, OpenError, Postgres, Sqlite};
use flux_host::bindings::flux::host::db::{Error, Failure, Rows, Value};
use flux_host::{DbFuture, Transaction};
use flux_recorder::Session;

use crate::support::{On, World, guest, int, on_both, options, play, play_with, text};

on_both! {
    a_constraint_is_named,
    a_statement_that_runs_too_long_times_out_and_leaves_nothing_broken,
    no_free_connection_is_unavailable,
    migrations_run_once_and_in_order,
}

const SCHEMA: [&str; 3] = [
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, email TEXT UNIQUE, age INTEGER CONSTRAINT adult CHECK (age > 17))",
    "CREATE TABLE child (a TEXT NOT NULL, parent INTEGER REFERENCES parent (id), UNIQUE (a, parent))",
    "CREATE UNIQUE INDEX folded ON parent ((age % 100))",
];

async fn constraint(on: On, sql: &str) -> Failure {
    let answer = play(on, async |guest| {
        let main = guest.main().await;
        for sql in SCHEMA {
            guest.execute(main, sql, vec![]).await.unwrap();
        }
        guest.execute(main, "INSERT INTO parent VALUES (1, 'a@b', 18)", vec![]).await.unwrap();
        guest.execute(main, "INSERT INTO child VALUES ('x', 1)", vec![]).await.unwrap();
        guest.execute(main, sql, vec![]).await
    });
    match answer.await {
        Err(Error::Constraint(failure)) => failure,
        other => panic!("{sql}: {other:?}"),
    }
}

async fn a_constraint_is_named(on: On) {
    // SQLite does not say which foreign key it was.
    let foreign_key = if on == On::Postgres { Some("child_parent_fkey") } else { None };
    for (sql, detail) in [
        ("INSERT INTO parent VALUES (2, 'a@b', 20)", Some("parent.email")),
        ("INSERT INTO parent VALUES (1, 'c@d', 20)", Some("parent.id")),
        ("INSERT INTO parent VALUES (2, 'g@h', 118)", Some("folded")),
        ("INSERT INTO child VALUES ('x', 1)", Some("child.a, child.parent")),
        ("INSERT INTO parent VALUES (3, 'e@f', 17)", Some("adult")),
        ("INSERT INTO child VALUES (NULL, 1)", Some("child.a")),
        ("INSERT INTO child VALUES ('y', 9)", foreign_key),
    ] {
        let failure = constraint(on, sql).await;
        assert_eq!(failure.detail.as_deref(), detail, "{sql}: {failure:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_invalid_in_the_words_of_sqlite() {
    for (sql, message) in [
        ("SELEC 1", "near \"SELEC\": syntax error"),
        ("SELECT 1 FORM t", "near \"t\": syntax error"),
        ("SELECT * FROM missing", "no such table: missing"),
        ("SELECT missing", "no such column: missing"),
        ("SELECT 'open", "unrecognized token: \"'open\""),
        ("SELECT load_extension('evil.so')", "not authorized"),
    ] {
        let answer = play(On::Sqlite, async |guest| {
            let main = guest.main().await;
            guest.query(main, sql, vec![]).await
        });
        match answer.await {
            Err(Error::Invalid(failure)) => {
                assert_eq!(failure, Failure { message: message.to_owned(), detail: None })
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn another_label_is_denied_with_the_lines_to_add() {
    let opened = play(On::Sqlite, async |guest| guest.open("orders").await).await;
    let lines = "database 'orders' is not in flux.toml [FLX0501]; hint: add\n[db.orders]\nsqlite = \"orders.db\"\n\
        or, in place of the last line\npostgres = \"postgres://user:password@host/database\"";
    assert_eq!(opened, Err(Error::Denied(lines.to_owned())));
}

async fn a_statement_that_runs_too_long_times_out_and_leaves_nothing_broken(on: On) {
    let options =
        DbOptions { statement_timeout: Duration::from_millis(500), max_connections: 1, ..options() };
    let forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let tables = match on {
        On::Sqlite => "SELECT name FROM sqlite_schema",
        On::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
    };
    let answers = play_with(on, options, async |guest| {
        let main = guest.main().await;
        let first = (guest.query(main, forever, vec![]).await, guest.execute(main, forever, vec![]).await);
        // The only connection was lost: there must be another.
        let then = guest.query(main, "SELECT 1", vec![]).await.unwrap().rows;
        let tx = guest.begin(main).await.unwrap();
        guest.tx_execute(tx, "CREATE TABLE t (i INTEGER)", vec![]).await.unwrap();
        let inside = guest.tx_query(tx, forever, vec![]).await;
        let after =
            (guest.tx_execute(tx, "CREATE TABLE u (i INTEGER)", vec![]).await, guest.commit(tx).await);
        let tables = guest.query(main, tables, vec![]).await.unwrap().rows;
        (first, then, inside, after, tables)
    });
    let (first, then, inside, after, tables) = answers.await;
    assert_eq!(first, (Err(Error::Timeout), Err(Error::Timeout)));
    assert_eq!(then, [[int(1)]]);
    assert_eq!(inside, Err(Error::Timeout));
    assert_eq!(after, (Err(Error::Timeout), Err(Error::Timeout)));
    assert_eq!(tables, Vec::<Vec<Value>>::new());
}

#[tokio::test]
async fn a_write_that_waits_too_long_for_another_is_a_conflict_or_a_timeout() {
    let world =
        World::new(On::Sqlite, DbOptions { statement_timeout: Duration::from_millis(500), ..options() })
            .await;
    let (mut first, mut second) = (world.live(), world.live());
    let (one, two) = (first.main().await, second.main().await);
    let tx = first.begin(one).await.unwrap();
    assert_eq!(second.begin(two).await, Err(Error::Timeout));
    first.commit(tx).await.unwrap();
    let tx = second.begin(two).await.unwrap();
    second.commit(tx).await.unwrap();
}

#[tokio::test]
async fn a_locked_database_is_a_conflict() {
    let world = World::new(On::Sqlite, options()).await;
    let (mut first, mut second) = (world.live(), world.live());
    let (one, two) = (first.main().await, second.main().await);
    let tx = first.begin(one).await.unwrap();
    let answer = second.execute(two, "CREATE TABLE t (i INTEGER)", vec![]).await;
    assert!(matches!(answer, Err(Error::Conflict(_))), "{answer:?}");
    first.rollback(tx).await.unwrap();
    assert_eq!(second.execute(two, "CREATE TABLE t (i INTEGER)", vec![]).await, Ok(0));
}

async fn no_free_connection_is_unavailable(on: On) {
    let options =
        DbOptions { max_connections: 1, statement_timeout: Duration::from_millis(500), ..options() };
    let (used, then) = play_with(on, options, async |guest| {
        let main = guest.main().await;
        let tx = guest.begin(main).await.unwrap();
        let used = guest.query(main, "SELECT 1", vec![]).await;
        guest.commit(tx).await.unwrap();
        (used, guest.query(main, "SELECT 1", vec![]).await.is_ok())
    })
    .await;
    let message = "all connections are in use (1); hint: end transactions early";
    assert_eq!(used, Err(Error::Unavailable(message.to_owned())));
    assert!(then);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("main.db");
    let Err(error) = Sqlite::open(&path, options()).await else { panic!("it opened") };
    assert_eq!(error.to_string(), format!("cannot open the database {}", path.display()));
}

async fn migrations_run_once_and_in_order(on: On) {
    let world = World::new(on, options()).await;
    let folder = world.folder.path().join("migrations");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("1_table.sql"), "CREATE TABLE t (v TEXT);").unwrap();
    std::fs::write(folder.join("2_row.sql"), "INSERT INTO t VALUES ('a'); INSERT INTO t VALUES ('b');")
        .unwrap();
    world.migrate(&folder).await.unwrap();
    world.migrate(&folder).await.unwrap();
    let mut guest = world.live();
    let main = guest.main().await;
    assert_eq!(guest.all(main, "t").await, [[text("a")], [text("b")]]);
    std::fs::write(folder.join("3_wrong.sql"), "CREATE TABLE t (v TEXT);").unwrap();
    let failed = world.migrate(&folder).await;
    assert!(matches!(failed, Err(OpenError::Migrate { .. })), "{failed:?}");
}

/// A folder with two migrations, which together make a table with one row.
fn migrations() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1_table.sql"), "CREATE TABLE t (v TEXT);").unwrap();
    std::fs::write(folder.path().join("2_row.sql"), "INSERT INTO t VALUES ('a');").unwrap();
    folder
}

async fn rows(database: &impl Database) -> Result<Vec<Vec<Value>>, Error> {
    Ok(database.query("SELECT v FROM t", &[]).await?.rows)
}

#[tokio::test]
async fn a_file_that_is_removed_has_its_migrations_at_the_next_use() {
    let (folder, migrations) = (tempfile::tempdir().unwrap(), migrations());
    let path = folder.path().join("main.db");
    let database = Sqlite::open(&path, options()).await.unwrap();
    database.migrate(migrations.path()).await.unwrap();
    database.execute("INSERT INTO t VALUES ('lost')", &[]).await.unwrap();
    // Those that were there at the start: a file that was added since belongs to another version of the app.
    std::fs::write(migrations.path().join("3_later.sql"), "DROP TABLE t;").unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(rows(&database).await, Ok(vec![vec![text("a")]]));
}

#[tokio::test]
async fn a_database_that_is_dropped_is_unavailable_and_has_its_migrations_once_it_is_made_again() {
    let Some(server) = flux_test_services::Database::new().await else { return };
    let database = Postgres::open(&server.url(), options()).await.unwrap();
    database.migrate(migrations().path()).await.unwrap();
    server.drop().await;
    assert!(rows(&database).await.is_err(), "its connections were ended");
    let Err(Error::Unavailable(why)) = rows(&database).await else { panic!("it is not unavailable") };
    assert!(why.contains("does not exist; hint: create the database "), "{why}");
    server.make().await;
    assert_eq!(rows(&database).await, Ok(vec![vec![text("a")]]));
}

#[tokio::test]
async fn a_migration_that_fails_is_named_with_its_line() {
    let wrong = "-- é\nCREATE TABLE u (v TEXT);\nINSERT INTO u\n  SELECT w FROM t;\n";
    let line = |error: Result<(), OpenError>| match error {
        Err(OpenError::Migrate { file, line, .. }) => (file.file_name().unwrap().to_owned(), line),
        other => panic!("{other:?}"),
    };
    let (folder, migrations) = (tempfile::tempdir().unwrap(), migrations());
    std::fs::write(migrations.path().join("3_wrong.sql"), wrong).unwrap();
    let sqlite = Sqlite::open(&folder.path().join("main.db"), options()).await.unwrap();
    // SQLite names no place: that is where the statement begins.
    assert_eq!(line(sqlite.migrate(migrations.path()).await), ("3_wrong.sql".into(), Some(3)));
    assert!(sqlite.query("SELECT * FROM u", &[]).await.is_err(), "nothing of it is applied");
    let Some(server) = flux_test_services::Database::new().await else { return };
    let postgres = Postgres::open(&server.url(), options()).await.unwrap();
    assert_eq!(line(postgres.migrate(migrations.path()).await), ("3_wrong.sql".into(), Some(4)));
}

/// A database on the far side of a cable that was cut.
struct Gone;

fn gone<T: Send + 'static>() -> DbFuture<'static, T> {
    Box::pin(std::future::ready(Err(Error::Unavailable("gone".to_owned()))))
}

impl Database for Gone {
    fn query<'a>(&'a self, _: &'a str, _: &'a [Value]) -> DbFuture<'a, Rows> {
        gone()
    }

    fn execute<'a>(&'a self, _: &'a str, _: &'a [Value]) -> DbFuture<'a, u64> {
        gone()
    }

    fn identity(&self) -> std::sync::Arc<str> {
        "gone".into()
    }

    fn begin(&self) -> DbFuture<'_, Box<dyn Transaction>> {
        gone()
    }
}

#[tokio::test]
async fn any_back_end_may_be_unavailable() {
    let mut guest = guest(Session::live([0; 32]), Arc::new(Gone));
    let main = guest.main().await;
    let gone = Error::Unavailable("gone".to_owned());
    assert_eq!(guest.query(main, "SELECT 1", vec![]).await, Err(gone.clone()));
    assert_eq!(guest.begin(main).await, Err(gone));
}
