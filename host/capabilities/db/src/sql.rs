//! What a guest's statement may be, decided before a database sees it.
//!
//! One statement at a time, since a driver would run all and answer for the last. No transaction by
//! text, since the connection goes back to others. No way to another database, and nothing that stays on
//! a connection after the execution: the verbs that are allowed are listed, not those that are not.

use flux_host::bindings::flux::host::db::Error;
use flux_sql::{Kind, Lexis, Token, tokens};

use crate::invalid;
use crate::syntax::{MODIFIERS, Syntax};

/// SQLite's schema as rows: these may be asked with a name in parentheses.
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

/// What is known of a statement that may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// It inserts, updates or deletes, perhaps on its way to an answer.
    pub(crate) changes: bool,
    /// Its number of changes means something.
    pub(crate) counts: bool,
    /// It has columns, even when there are no rows.
    pub(crate) rows: bool,
    /// It has no `*`, so it has as many columns after the schema has changed.
    pub(crate) fixed: bool,
    /// It changes the schema.
    pub(crate) schema: bool,
}

/// Looks at a statement that is given `params` parameters.
pub(crate) fn check(sql: &str, params: usize, syntax: &Syntax) -> Result<Facts, Error> {
    if sql.contains('\0') {
        return Err(invalid("the statement holds a NUL character"));
    }
    let all = tokens(sql, syntax.lexis);
    let explained = explained(&all, syntax);
    deny_temporary(explained, syntax)?;
    let statement = only(explained)?;
    let mut found = verb(statement, syntax)?;
    let explains = &all[..all.len() - explained.len()];
    if !explains.is_empty() {
        // Postgres runs what it is to analyze.
        found.changes &= explains.iter().any(|it| it.is_in(&["ANALYZE", "ANALYSE"]));
        (found.counts, found.rows, found.schema) = (false, true, false);
    }
    parameters(statement, params, syntax)?;
    Ok(found)
}

/// What EXPLAIN explains: some pragmas act when they are merely prepared.
fn explained<'a, 'b>(all: &'a [Token<'b>], syntax: &Syntax) -> &'a [Token<'b>] {
    let [explain, rest @ ..] = all else { return all };
    match rest {
        _ if !explain.is("EXPLAIN") => all,
        [query, plan, rest @ ..] if query.is("QUERY") && plan.is("PLAN") => rest,
        _ if syntax.lexis == Lexis::Sqlite => rest,
        [open, option, ..] if open.opens() && !begins(option, syntax) => {
            let end = rest.iter().position(Token::closes);
            &rest[end.map_or(rest.len(), |it| it + 1)..]
        }
        _ => {
            let options = rest.iter().take_while(|it| it.is_in(&["ANALYZE", "ANALYSE", "VERBOSE"]));
            &rest[options.count()..]
        }
    }
}

fn begins(token: &Token<'_>, syntax: &Syntax) -> bool {
    token.is("WITH") || token.is_in(syntax.reads) || token.opens()
}

/// The only statement, without its semicolon.
fn only<'a, 'b>(tokens: &'a [Token<'b>]) -> Result<&'a [Token<'b>], Error> {
    // A body of statements has semicolons: it ends with the END that follows one.
    let create = tokens.first().is_some_and(|it| it.is("CREATE"));
    let trigger = tokens.get(1).is_some_and(|it| it.is("TRIGGER"));
    let atomic = || tokens.windows(2).any(|it| it[0].is("BEGIN") && it[1].is("ATOMIC"));
    let body = create && (trigger && tokens.iter().any(|it| it.is("BEGIN")) || atomic());
    let semicolon = |at: usize| tokens[at].is_symbol(b';');
    let ends =
        |at: usize| semicolon(at) && (!body || at >= 2 && tokens[at - 1].is("END") && semicolon(at - 2));
    let end = (0..tokens.len()).find(|at| ends(*at)).unwrap_or(tokens.len());
    match (end..tokens.len()).all(semicolon) {
        true if end == 0 => Err(invalid("there is no statement")),
        true => Ok(&tokens[..end]),
        false => {
            Err(invalid("there is more than one statement; hint: send each by itself, in a transaction"))
        }
    }
}

fn verb(statement: &[Token<'_>], syntax: &Syntax) -> Result<Facts, Error> {
    let opened = statement.iter().take_while(|it| it.opens()).count();
    let statement = &statement[opened..];
    let first = match statement.first() {
        Some(token) if matches!(token.kind, Kind::Word | Kind::Number) => token,
        Some(other) => return Err(invalid(format!("a statement does not begin with {}", other.text))),
        None => return Err(invalid("there is no statement")),
    };
    let rows = |counts: bool| !counts || statement.iter().any(|it| it.is("RETURNING"));
    let fixed = !statement.iter().any(|it| it.is_symbol(b'*'));
    let kind = |changes, counts| Facts { changes, counts, rows: rows(counts), fixed, schema: false };
    if first.is_in(syntax.reads) {
        Ok(kind(false, false))
    } else if first.is_in(syntax.changes) {
        Ok(kind(true, true))
    } else if first.is("WITH") {
        Ok(kind(changes(statement, syntax.change_follows, syntax), changes(statement, b")", syntax)))
    } else if first.is_in(syntax.defines) {
        object(statement, syntax)?;
        let schema = first.is_in(&["CREATE", "DROP", "ALTER"]);
        Ok(Facts { schema, rows: false, ..kind(false, false) })
    } else if syntax.lexis == Lexis::Sqlite && first.is("PRAGMA") {
        pragma(&statement[1..]).map(|()| kind(false, false))
    } else {
        Err(refused(first, syntax))
    }
}

/// Whether there is a change behind one of these symbols.
fn changes(statement: &[Token<'_>], behind: &[u8], syntax: &Syntax) -> bool {
    statement
        .windows(2)
        .any(|it| behind.iter().any(|symbol| it[0].is_symbol(*symbol)) && it[1].is_in(syntax.changes))
}

/// What is created, altered or dropped.
fn object(statement: &[Token<'_>], syntax: &Syntax) -> Result<(), Error> {
    let Some(objects) = syntax.objects.filter(|_| statement[0].is_in(&["CREATE", "DROP", "ALTER"])) else {
        return Ok(());
    };
    match statement[1..].iter().find(|it| !it.is_in(&MODIFIERS)) {
        Some(object) if object.kind == Kind::Word && !object.is_in(objects) => Err(Error::Denied(format!(
            "{} is not what a guest may create, alter or drop; hint: these are: {}",
            object.text.to_ascii_uppercase(),
            objects.join(", ")
        ))),
        _ => Ok(()),
    }
}

fn refused(verb: &Token<'_>, syntax: &Syntax) -> Error {
    let name = verb.text.to_ascii_uppercase();
    if verb.is_in(syntax.transactions) {
        return invalid(format!(
            "{name} is not a statement here; hint: use begin(), and commit() or rollback() of its transaction"
        ));
    }
    match syntax.denied.iter().find(|(verbs, _)| verb.is_in(verbs)) {
        Some((_, why)) => Error::Denied(format!("{name} is not allowed: {why}")),
        None => invalid(format!("near \"{name}\": syntax error")),
    }
}

/// Pragmas that read the schema. The others change the connection for whoever has it next.
fn pragma(rest: &[Token<'_>]) -> Result<(), Error> {
    let rest = match rest {
        [main, dot, rest @ ..] if main.is("main") && dot.is_symbol(b'.') => rest,
        _ => rest,
    };
    let set = rest.iter().any(|it| it.is_symbol(b'='));
    let read = rest.len() == 1 && rest[0].is_in(&READ_PRAGMAS);
    match !set && (read || rest.first().is_some_and(|name| name.is_in(&PRAGMAS))) {
        true => Ok(()),
        false => Err(Error::Denied(format!(
            "this PRAGMA is not allowed; hint: these are: {}, and read only: {}",
            PRAGMAS.join(", "),
            READ_PRAGMAS.join(", ")
        ))),
    }
}

/// Temporary tables stay on a connection, where the next execution would find them.
fn deny_temporary(statement: &[Token<'_>], syntax: &Syntax) -> Result<(), Error> {
    let temporary = |it: &Token<'_>, names: &[&str]| {
        it.possible_name().is_some_and(|name| names.iter().any(|it| name.eq_ignore_ascii_case(it)))
    };
    let keyword = |it: &Token<'_>| temporary(it, &["temp", "temporary"]);
    let create = statement.first().is_some_and(|it| it.is("CREATE"));
    let mut modifiers = statement.iter().skip(1).take_while(|it| it.is_in(&MODIFIERS) || keyword(it));
    let created = create && modifiers.any(keyword);
    let named = statement.windows(2).any(|it| temporary(&it[0], syntax.temporary) && it[1].is_symbol(b'.'));
    match created || named {
        true => Err(Error::Denied("temporary tables are not allowed: they outlive the execution".to_owned())),
        false => Ok(()),
    }
}

/// Checks the parameters, since SQLite takes a missing one for NULL. Kinds are not mixed: SQLite numbers
/// a `$1` by its place and a `?1` by its number, so that one would stand for the other.
fn parameters(statement: &[Token<'_>], given: usize, syntax: &Syntax) -> Result<(), Error> {
    let names = || statement.iter().filter(|it| it.kind == Kind::Parameter).map(|it| it.text);
    let kind = |name: &str| (name.starts_with('?'), name.len() > 1);
    if names().zip(names().skip(1)).any(|(one, next)| kind(one) != kind(next)) {
        return Err(invalid("a statement has one kind of parameters: ?, ?1 or $1"));
    }
    let mut wanted = 0;
    for name in names() {
        wanted = if name == "?" { wanted + 1 } else { wanted.max(number(name, syntax)?) };
    }
    match wanted == given {
        true => Ok(()),
        false => Err(invalid(format!("the statement has {wanted} parameters, and {given} were given"))),
    }
}

fn number(name: &str, syntax: &Syntax) -> Result<usize, Error> {
    let digits = name.strip_prefix(['?', '$']).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let number = digits.and_then(|it| it.parse().ok()).filter(|it| (1..=syntax.max_parameter).contains(it));
    number.ok_or_else(|| invalid(format!("parameter {name} is none of {}", syntax.parameters)))
}
