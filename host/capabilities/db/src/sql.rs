//! What a guest's statement may be, decided before a database sees it.
//!
//! One statement at a time, since a driver would run all and answer for the last. No transaction by
//! text, since the connection goes back to others. No way to another file, and nothing that stays on
//! a connection after the execution: the verbs that are allowed are listed, not those that are not.

use flux_host::bindings::flux::host::db::Error;

use crate::invalid;
use crate::token::{Token, tokens};

/// The schema as rows: these may be asked with a name in parentheses.
const PRAGMAS: [&str; 10] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
];
/// These would be set by parentheses, so they may only be read.
const READ_PRAGMAS: [&str; 4] = ["user_version", "application_id", "foreign_keys", "encoding"];
/// What SQLite numbers parameters up to.
const MAX_PARAMETER: usize = 32_766;

/// What is known of a statement that may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement {
    /// It inserts, updates or deletes: its number of changes means something.
    pub(crate) changes: bool,
    /// It has columns, even when there are no rows.
    pub(crate) rows: bool,
    /// It has no `*`, so its columns are the same after the schema has changed.
    pub(crate) fixed: bool,
}

/// Looks at a statement that is given `params` parameters.
pub(crate) fn check(sql: &str, params: usize) -> Result<Statement, Error> {
    if sql.contains('\0') {
        return Err(invalid("the statement holds a NUL character"));
    }
    let all = tokens(sql);
    let explained = explained(&all);
    deny_temporary(explained)?;
    let statement = only(explained)?;
    let mut found = verb(statement)?;
    if explained.len() < all.len() {
        (found.changes, found.rows) = (false, true);
    }
    parameters(statement, params)?;
    Ok(found)
}

/// What EXPLAIN explains: some pragmas act when they are merely prepared.
fn explained<'a, 'b>(tokens: &'a [Token<'b>]) -> &'a [Token<'b>] {
    match tokens {
        [explain, query, plan, rest @ ..]
            if explain.is("EXPLAIN") && query.is("QUERY") && plan.is("PLAN") =>
        {
            rest
        }
        [explain, rest @ ..] if explain.is("EXPLAIN") => rest,
        _ => tokens,
    }
}

/// The only statement, without its semicolon.
fn only<'a, 'b>(tokens: &'a [Token<'b>]) -> Result<&'a [Token<'b>], Error> {
    // A trigger's body has semicolons: it ends with the END that follows one.
    let trigger = matches!(tokens, [create, trigger, ..] if create.is("CREATE") && trigger.is("TRIGGER"));
    let semicolon = Token::Symbol(b';');
    let ends = |at: usize| {
        tokens[at] == semicolon
            && (!trigger || at >= 2 && tokens[at - 1].is("END") && tokens[at - 2] == semicolon)
    };
    let end = (0..tokens.len()).find(|at| ends(*at)).unwrap_or(tokens.len());
    match tokens[end..].iter().all(|it| *it == semicolon) {
        true if end == 0 => Err(invalid("there is no statement")),
        true => Ok(&tokens[..end]),
        false => {
            Err(invalid("there is more than one statement; hint: send each by itself, in a transaction"))
        }
    }
}

fn verb(statement: &[Token<'_>]) -> Result<Statement, Error> {
    let first = match statement.first() {
        Some(Token::Word(word)) => word.to_ascii_uppercase(),
        Some(other) => return Err(invalid(format!("a statement does not begin with {other:?}"))),
        None => return Err(invalid("there is no statement")),
    };
    let fixed = !statement.contains(&Token::Symbol(b'*'));
    let kind = |changes| Statement {
        changes,
        rows: !changes || statement.iter().any(|it| it.is("RETURNING")),
        fixed,
    };
    match &*first {
        "SELECT" | "VALUES" => Ok(kind(false)),
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" => Ok(kind(true)),
        "WITH" => Ok(kind(statement.windows(2).any(|it| it[0] == Token::Symbol(b')') && changes(&it[1])))),
        "CREATE" | "DROP" | "ALTER" | "ANALYZE" | "REINDEX" => {
            Ok(Statement { changes: false, rows: false, fixed })
        }
        "PRAGMA" => pragma(&statement[1..]).map(|()| kind(false)),
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => Err(invalid(format!(
            "{first} is not a statement here; hint: use begin(), and commit() or rollback() of its transaction"
        ))),
        "ATTACH" | "DETACH" | "VACUUM" => {
            Err(Error::Denied(format!("{first} is not allowed: a guest has the one database that it opened")))
        }
        _ => Err(invalid(format!("near \"{first}\": syntax error"))),
    }
}

fn changes(token: &Token<'_>) -> bool {
    ["INSERT", "REPLACE", "UPDATE", "DELETE"].iter().any(|it| token.is(it))
}

/// Pragmas that read the schema. The others change the connection for whoever has it next.
fn pragma(rest: &[Token<'_>]) -> Result<(), Error> {
    let rest = match rest {
        [main, Token::Symbol(b'.'), rest @ ..] if main.is("main") => rest,
        _ => rest,
    };
    let is = |list: &[&str]| matches!(rest.first(), Some(name) if list.iter().any(|it| name.is(it)));
    let set = rest.contains(&Token::Symbol(b'='));
    match !set && (is(&PRAGMAS) || rest.len() == 1 && is(&READ_PRAGMAS)) {
        true => Ok(()),
        false => Err(Error::Denied(format!(
            "this PRAGMA is not allowed; hint: these are: {}, and read only: {}",
            PRAGMAS.join(", "),
            READ_PRAGMAS.join(", ")
        ))),
    }
}

/// Temporary tables stay on a connection, where the next execution would find them.
fn deny_temporary(statement: &[Token<'_>]) -> Result<(), Error> {
    let temporary = |it: &Token<'_>| match it {
        Token::Word(name) | Token::Quoted(name) => {
            name.eq_ignore_ascii_case("temp") || name.eq_ignore_ascii_case("temporary")
        }
        _ => false,
    };
    let created = matches!(statement, [create, next, ..] if create.is("CREATE") && temporary(next));
    let named = statement.windows(2).any(|it| temporary(&it[0]) && it[1] == Token::Symbol(b'.'));
    match created || named {
        true => Err(Error::Denied("temporary tables are not allowed: they outlive the execution".to_owned())),
        false => Ok(()),
    }
}

/// Checks the parameters, since SQLite takes a missing one for NULL. Kinds are not mixed: SQLite numbers
/// a `$1` by its place and a `?1` by its number, so that one would stand for the other.
fn parameters(statement: &[Token<'_>], given: usize) -> Result<(), Error> {
    let names = || {
        statement.iter().filter_map(|it| match it {
            Token::Parameter(name) => Some(*name),
            _ => None,
        })
    };
    let kind = |name: &str| (name.starts_with('?'), name.len() > 1);
    if names().zip(names().skip(1)).any(|(one, next)| kind(one) != kind(next)) {
        return Err(invalid("a statement has one kind of parameters: ?, ?1 or $1"));
    }
    let mut wanted = 0;
    for name in names() {
        wanted = if name == "?" { wanted + 1 } else { wanted.max(number(name)?) };
    }
    match wanted == given {
        true => Ok(()),
        false => Err(invalid(format!("the statement has {wanted} parameters, and {given} were given"))),
    }
}

fn number(name: &str) -> Result<usize, Error> {
    let digits = name.strip_prefix(['?', '$']).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let number = digits.and_then(|it| it.parse().ok()).filter(|it| (1..=MAX_PARAMETER).contains(it));
    number.ok_or_else(|| invalid(format!("parameter {name} is none of ?, ?1 and $1")))
}
