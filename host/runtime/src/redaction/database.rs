//! Redacted columns, in the calls of `db` and their results.

use std::fmt;
use std::ops::Range;

use flux_recorder::Value;

use super::policy::{Policy, Redacting, label};
use super::sql::{Columns, Owner, Statement};

/// The columns of one database.
struct Of<'a>(&'a Policy, &'a str);

impl fmt::Debug for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

impl Of<'_> {
    fn is_empty(&self) -> bool {
        !self.0.columns.iter().any(|(database, _)| database.as_deref().is_none_or(|it| it == self.1))
    }
}

impl Columns for Of<'_> {
    fn has(&self, name: &str) -> bool {
        let mut columns = self.0.columns.iter();
        columns.any(|(database, column)| {
            database.as_deref().is_none_or(|it| it == self.1) && column.eq_ignore_ascii_case(name)
        })
    }
}

/// Whether the result of a call can have redacted columns.
pub(super) fn concerns(policy: &Policy, args: &Value) -> bool {
    label(args).is_some_and(|label| !Of(policy, label).is_empty())
}

/// Redacts `(label, sql, params)`.
pub(super) fn arguments(at: &mut Redacting<'_>, value: &mut Value) {
    let policy = at.keyed.policy.clone();
    let Some(label) = label(value).map(str::to_owned) else { return };
    let Value::Tuple(args) = value else { return };
    let [_, Value::String(sql), Value::List(params)] = args.as_mut_slice() else { return };
    let columns = Of(&policy, &label);
    if let Some(statement) = Statement::read(sql, &columns) {
        let owners = statement.parameters(params.len());
        let theirs = params.iter_mut().zip(owners).filter(|(_, owner)| *owner != Owner::Other);
        theirs.for_each(|(param, _)| cell(at, param));
        *sql = without_literals(at, sql, &statement);
    }
    params.iter_mut().for_each(|param| json(at, param));
}

fn without_literals(at: &mut Redacting<'_>, sql: &str, statement: &Statement<'_>) -> String {
    let mut out = String::new();
    let mut from = 0;
    // A secret may have stood anywhere, even in a word: what looks like literals inside its stand-in are none.
    let hidden = at.known.marking().all(sql.as_bytes());
    let is_of_one = |span: &Range<usize>| {
        let touched = hidden.get(hidden.partition_point(|it| it.end <= span.start));
        let is_number = sql.as_bytes()[span.start].is_ascii_digit();
        touched.is_some_and(|it| {
            it.start < span.end && (is_number || it.start <= span.start && span.end <= it.end)
        })
    };
    for literal in statement.literals().into_iter().filter(|literal| !is_of_one(&literal.span)) {
        let plain = literal.plain.as_bytes();
        // The program's own words stand elsewhere too: only a column's values are looked for there.
        let text = match literal.owner {
            Owner::Redacted => at.replace(plain),
            _ => at.replaced(plain),
        };
        if let Some(text) = text {
            out += &sql[from..literal.span.start];
            out += &in_quotes(&sql[literal.span.clone()], &text);
            from = literal.span.end;
        }
    }
    out + &sql[from..]
}

/// A text in the quotes of the literal that it stands for.
fn in_quotes(literal: &str, text: &str) -> String {
    let open = literal.find(['\'', '"', '$']).unwrap_or_default();
    match literal[open..].chars().next() {
        Some('$') => {
            let mark = literal[open + 1..].find('$').map_or("$$", |end| &literal[open..open + end + 2]);
            format!("{mark}{text}{mark}")
        }
        Some(quote @ ('\'' | '"')) => {
            let doubled = text.replace(quote, &format!("{quote}{quote}"));
            format!("{}{doubled}{quote}", &literal[..=open])
        }
        // A number.
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// Redacts rows, or what an error says.
pub(super) fn result(at: &mut Redacting<'_>, args: &Value, value: &mut Value) {
    let policy = at.keyed.policy.clone();
    let columns = label(args).map(|label| Of(&policy, label));
    let Value::Result(result) = value else { return };
    let statement = match (args, &columns) {
        (Value::Tuple(args), Some(columns)) if !columns.is_empty() => match args.get(1) {
            Some(Value::String(sql)) => Some((Statement::read(sql, columns), columns)),
            _ => None,
        },
        _ => None,
    };
    match result {
        Ok(rows) => {
            if let Some((statement, columns)) = &statement {
                hide_rows(at, rows, statement.as_ref(), columns);
            }
            each_cell(rows, |cell| json(at, cell));
        }
        Err(error) => {
            if let Some((Some(_), _)) = statement {
                hide_error(at, error);
            }
        }
    }
}

fn hide_rows(at: &mut Redacting<'_>, rows: &mut Value, statement: Option<&Statement<'_>>, columns: &Of<'_>) {
    let Some(Value::List(names)) = rows.field("columns") else { return };
    let names: Vec<&str> =
        names.iter().map(|name| if let Value::String(name) = name { name } else { "" }).collect();
    let by_name = |name: &&str| if columns.has(name) { Owner::Redacted } else { Owner::Other };
    let owners = match statement {
        Some(statement) => statement.outputs(&names),
        None => names.iter().map(by_name).collect(),
    };
    let Some(Value::List(rows)) = rows.field_mut("rows") else { return };
    for row in rows {
        let Value::List(cells) = row else { continue };
        for (value, owner) in cells.iter_mut().zip(&owners) {
            // `email IS NULL`: an expression that says yes or no gives nothing away.
            let says_yes = matches!(value, Value::Variant(case, _) if case == "boolean");
            if *owner == Owner::Redacted || *owner == Owner::Unknown && !says_yes {
                cell(at, value);
            }
        }
    }
}

fn each_cell(rows: &mut Value, mut each: impl FnMut(&mut Value)) {
    let Some(Value::List(rows)) = rows.field_mut("rows") else { return };
    for row in rows {
        if let Value::List(cells) = row {
            cells.iter_mut().for_each(&mut each);
        }
    }
}

/// Redacts a value. Whatever it was, it becomes a text, since only texts and bytes can have a token;
/// null stays.
fn cell(at: &mut Redacting<'_>, value: &mut Value) {
    let Value::Variant(_, inner) = value else { return };
    let text = match &mut **inner {
        Value::String(_) | Value::Bytes(_) => return at.whole(inner),
        Value::Signed(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::F64(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return,
    };
    let mut whole = Value::String(text);
    match **inner {
        // Either word is in every text.
        Value::Bool(yes) => whole = Value::Redacted(flux_recorder::Redact::token(at.keyed, &[u8::from(yes)])),
        _ => at.whole(&mut whole),
    }
    *value = Value::Variant("text".to_owned(), Box::new(whole));
}

/// A column of JSON.
fn json(at: &mut Redacting<'_>, value: &mut Value) {
    if let Value::Variant(_, inner) = value {
        at.json(inner);
    }
}

/// `Key (email)=(a@b.c) already exists`: the message goes, the constraint's name stays.
fn hide_error(at: &mut Redacting<'_>, error: &mut Value) {
    let Value::Variant(_, inner) = error else { return };
    match &mut **inner {
        text @ Value::String(_) => at.message_of_error(text),
        failure => {
            if let Some(message) = failure.field_mut("message") {
                at.message_of_error(message);
            }
        }
    }
}
