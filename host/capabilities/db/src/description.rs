//! What the calls of `db` hold: statements, their parameters and rows.

use flux_host::{Content, Description};

const STATEMENT: Content = Content::Tuple(&[Content::Label, Content::Sql, Content::Parameters]);
const ON_LABEL: Content = Content::Tuple(&[Content::Label]);
/// The constraint's name says nothing of the row.
const FAILURE: Content = Content::Record(&[("message", Content::Message), ("detail", Content::Plain)]);
const ERROR: Content = Content::Variant(&[
    ("denied", Content::Message),
    ("invalid", FAILURE),
    ("constraint", FAILURE),
    ("conflict", FAILURE),
    ("unavailable", Content::Message),
]);
const ROWS: Content = Content::Outcome(&Content::Rows, &ERROR);
const DONE: Content = Content::Outcome(&Content::Plain, &ERROR);

pub(crate) const DESCRIPTIONS: &[Description] = &[
    Description { function: "db.connection.query", arguments: STATEMENT, result: ROWS },
    Description { function: "db.connection.execute", arguments: STATEMENT, result: DONE },
    Description { function: "db.connection.begin", arguments: ON_LABEL, result: DONE },
    Description { function: "db.transaction.query", arguments: STATEMENT, result: ROWS },
    Description { function: "db.transaction.execute", arguments: STATEMENT, result: DONE },
    Description { function: "db.transaction.commit", arguments: ON_LABEL, result: DONE },
    Description { function: "db.transaction.rollback", arguments: ON_LABEL, result: DONE },
];
