//! What a statement may be, per database: the one place where the checks of `sql.rs` differ.

use flux_sql::Lexis;

/// The statements of one kind of database. What is in no list is a syntax error.
#[derive(Debug)]
pub struct Syntax {
    pub(crate) lexis: Lexis,
    /// Verbs that read.
    pub(crate) reads: &'static [&'static str],
    /// Verbs that change rows.
    pub(crate) changes: &'static [&'static str],
    /// Verbs that change the schema, or tables as a whole.
    pub(crate) defines: &'static [&'static str],
    /// What CREATE, ALTER and DROP may be of. None: anything.
    pub(crate) objects: Option<&'static [&'static str]>,
    /// Verbs of transactions.
    pub(crate) transactions: &'static [&'static str],
    /// Verbs that are not allowed, and why.
    pub(crate) denied: &'static [(&'static [&'static str], &'static str)],
    /// Schemas whose tables belong to a connection.
    pub(crate) temporary: &'static [&'static str],
    /// Where a change may stand in a statement that begins with WITH: behind one of these.
    pub(crate) change_follows: &'static [u8],
    pub(crate) parameters: &'static str,
    pub(crate) max_parameter: usize,
}

/// What stands between CREATE and what is created.
pub(crate) const MODIFIERS: [&str; 12] = [
    "OR",
    "REPLACE",
    "GLOBAL",
    "LOCAL",
    "TEMP",
    "TEMPORARY",
    "UNLOGGED",
    "UNIQUE",
    "RECURSIVE",
    "MATERIALIZED",
    "CONSTRAINT",
    "VIRTUAL",
];

const ELSEWHERE: &str = "a guest has the one database that it opened";
const SESSION: &str = "it would change the connection for whoever has it next";
const CODE: &str = "it could end the transaction that it runs in";

pub(crate) const SQLITE: Syntax = Syntax {
    lexis: Lexis::Sqlite,
    reads: &["SELECT", "VALUES"],
    changes: &["INSERT", "REPLACE", "UPDATE", "DELETE"],
    defines: &["CREATE", "DROP", "ALTER", "ANALYZE", "REINDEX"],
    objects: None,
    transactions: &["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"],
    denied: &[(&["ATTACH", "DETACH", "VACUUM"], ELSEWHERE)],
    temporary: &["temp", "temporary"],
    change_follows: b")",
    parameters: "?, ?1 and $1",
    max_parameter: 32_766,
};

pub(crate) const POSTGRES: Syntax = Syntax {
    lexis: Lexis::Postgres,
    reads: &["SELECT", "VALUES", "TABLE", "SHOW"],
    changes: &["INSERT", "UPDATE", "DELETE", "MERGE"],
    defines: &["CREATE", "DROP", "ALTER", "ANALYZE", "TRUNCATE", "COMMENT", "REFRESH"],
    objects: Some(&[
        "TABLE",
        "INDEX",
        "VIEW",
        "SEQUENCE",
        "TYPE",
        "DOMAIN",
        "SCHEMA",
        "FUNCTION",
        "AGGREGATE",
        "TRIGGER",
        "POLICY",
        "STATISTICS",
        "COLLATION",
    ]),
    transactions: &["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"],
    denied: &[
        (&["SET", "RESET", "DISCARD", "LISTEN", "UNLISTEN", "NOTIFY", "LOAD"], SESSION),
        (&["PREPARE", "EXECUTE", "DEALLOCATE", "DECLARE", "FETCH", "MOVE", "CLOSE"], SESSION),
        (&["DO", "CALL"], CODE),
        (&["COPY", "VACUUM", "CLUSTER", "REINDEX", "CHECKPOINT", "LOCK"], "it is the administrator's"),
        (&["GRANT", "REVOKE", "REASSIGN", "SECURITY", "IMPORT"], "it is the administrator's"),
    ],
    temporary: &["pg_temp"],
    // A change may also be the table of a WITH.
    change_follows: b")(",
    parameters: "$1, $2 and so on",
    max_parameter: 65_535,
};
