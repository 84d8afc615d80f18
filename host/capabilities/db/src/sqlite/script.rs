//! A text of several statements, cut as SQLite cuts it.

use std::ops::Range;

use flux_sql::{Lexis, Token, tokens};

/// The statements of a text, each from its first token to its semicolon. Those inside a trigger are part of it.
pub(super) fn statements(sql: &str) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    for token in tokens(sql, Lexis::Sqlite) {
        statement.push(token);
        if token.is_symbol(b';') && is_whole(&statement) {
            statements.push(statement[0].at..token.at + 1);
            statement.clear();
        }
    }
    statements.extend(statement.first().map(|first| first.at..sql.len()));
    statements
}

/// Whether a statement may end here. A trigger does so behind `; END`.
fn is_whole(statement: &[Token<'_>]) -> bool {
    let is_create = statement.first().is_some_and(|it| it.is("CREATE"));
    let is_trigger = is_create && statement.iter().take(3).any(|it| it.is("TRIGGER"));
    let ends = matches!(statement, [.., before, end, _] if before.is_symbol(b';') && end.is("END"));
    !is_trigger || ends
}

/// The byte of a statement that an error such as `near "FORM": syntax error` is about; 0 where it names none.
pub(super) fn near(statement: &str, error: &str) -> usize {
    let named = error.strip_prefix("near \"").and_then(|rest| rest.split_once("\": "));
    let Some((text, _)) = named else { return 0 };
    let mut all = tokens(statement, Lexis::Sqlite).into_iter().filter(|it| it.text == text);
    match (all.next(), all.next()) {
        (Some(only), None) => only.at,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_one_statement() {
        let sql = "-- first\nCREATE TABLE t (v); CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN\n\
                   SELECT 1; SELECT 2; END;\nSELECT ';';\n SELECT 3";
        let found: Vec<_> = statements(sql).into_iter().map(|it| &sql[it]).collect();
        let trigger = "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN\nSELECT 1; SELECT 2; END;";
        assert_eq!(found, ["CREATE TABLE t (v);", trigger, "SELECT ';';", "SELECT 3"]);
    }

    #[test]
    fn an_error_is_where_the_word_is_that_it_names() {
        let sql = "CREATE TABLE t (\n  a TEXT,\n  b TXET NOT NUL\n)";
        assert_eq!(near(sql, "near \"NUL\": syntax error"), sql.find("NUL").unwrap());
        assert_eq!(near("SELECT , ,", "near \",\": syntax error"), 0, "it may be either");
        assert_eq!(near(sql, "no such table: x"), 0);
    }
}
