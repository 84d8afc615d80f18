//! Which statements may run, and their parameters, on both databases.

use flux_host::bindings::flux::host::db::{Error, Value};

use crate::support::{Guest, On, World, int, on_both, options, text};

on_both! {
    parameters_have_numbers,
    the_number_of_parameters_must_fit,
    one_statement_at_a_time,
    transactions_are_not_made_of_text,
    nothing_stays_on_the_connection,
    what_is_not_sql_is_invalid,
}

/// A guest and its database, which lives as long.
pub struct Open {
    guest: Guest,
    main: u32,
    _world: World,
}

impl Open {
    pub async fn on(on: On) -> Self {
        let world = World::new(on, options()).await;
        let mut guest = world.live();
        let main = guest.main().await;
        Self { guest, main, _world: world }
    }

    pub async fn run(&mut self, sql: &str, params: Vec<Value>) -> Result<Vec<Vec<Value>>, Error> {
        self.guest.query(self.main, sql, params).await.map(|it| it.rows)
    }

    pub async fn invalid(&mut self, sql: &str, params: Vec<Value>) -> String {
        match self.run(sql, params).await {
            Err(Error::Invalid(failure)) => failure.message,
            other => panic!("{sql}: {other:?}"),
        }
    }
}

async fn parameters_have_numbers(on: On) {
    let mut open = Open::on(on).await;
    let sql = "SELECT CAST($2 AS TEXT), CAST($1 AS INTEGER), CAST($2 AS TEXT)";
    let answer = open.run(sql, vec![int(1), text("b")]).await;
    assert_eq!(answer, Ok(vec![vec![text("b"), int(1), text("b")]]));
    let sql = "SELECT '$1', \"a$1\" FROM (SELECT 1 AS a$1) AS t -- $1";
    assert_eq!(open.run(sql, vec![]).await, Ok(vec![vec![text("$1"), int(1)]]));
}

async fn the_number_of_parameters_must_fit(on: On) {
    let mut open = Open::on(on).await;
    let few = "the statement has 2 parameters, and 1 were given";
    assert_eq!(open.invalid("SELECT $1, $2", vec![int(1)]).await, few);
    let many = "the statement has 0 parameters, and 1 were given";
    assert_eq!(open.invalid("SELECT 1", vec![int(1)]).await, many);
    let message = open.invalid("SELECT $0", vec![int(1)]).await;
    assert!(message.starts_with("parameter $0 is none of "), "{message}");
}

async fn one_statement_at_a_time(on: On) {
    let mut open = Open::on(on).await;
    let two = "there is more than one statement; hint: send each by itself, in a transaction";
    for sql in ["SELECT 1; SELECT 2", "SELECT 'a'; -- ;\n SELECT 2", "SELECT '\\'; SELECT 2; --'"] {
        assert_eq!(open.invalid(sql, vec![]).await, two, "{sql}");
    }
    for sql in ["", " \n", "-- only a comment", "/* open", ";"] {
        assert_eq!(open.invalid(sql, vec![]).await, "there is no statement", "{sql}");
    }
    for sql in ["SELECT 1;", "SELECT 1 ; ; -- end", "/* ; */ SELECT 1", "SELECT 1 -- ; SELECT 2"] {
        assert_eq!(open.run(sql, vec![]).await, Ok(vec![vec![int(1)]]), "{sql}");
    }
    assert_eq!(open.invalid("SELECT 1\0; SELECT 2", vec![]).await, "the statement holds a NUL character");
}

async fn transactions_are_not_made_of_text(on: On) {
    let mut open = Open::on(on).await;
    let both = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "/* */ Begin"];
    let postgres = ["START TRANSACTION", "ABORT", "begin isolation level serializable"];
    let more = if on == On::Postgres { &postgres[..] } else { &[] };
    for verb in both.iter().chain(more) {
        let message = open.invalid(verb, vec![]).await;
        assert!(message.contains("hint: use begin()"), "{verb}: {message}");
    }
}

async fn nothing_stays_on_the_connection(on: On) {
    let mut open = Open::on(on).await;
    for sql in ["CREATE TEMP TABLE t (i INTEGER)", "CREATE TEMPORARY VIEW t AS SELECT 1", "VACUUM"] {
        let answer = open.run(sql, vec![]).await;
        assert!(matches!(&answer, Err(Error::Denied(_))), "{sql}: {answer:?}");
    }
}

async fn what_is_not_sql_is_invalid(on: On) {
    let mut open = Open::on(on).await;
    assert_eq!(open.invalid("SELEC 1", vec![]).await, "near \"SELEC\": syntax error");
    for sql in ["SELECT 1 FORM t", "SELECT * FROM missing", "SELECT missing", "SELECT 'open"] {
        open.invalid(sql, vec![]).await;
    }
}
