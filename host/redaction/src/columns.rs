//! Hidden columns: in a statement's text, in its parameters and in its rows.

use std::ops::Range;

use flux_recorder::Value;

use crate::replacer::Replacer;
use crate::statement::{Columns, Owner, RedactedStatement};

/// A statement's text without the values of hidden columns.
pub(crate) fn without_literals(
    at: &mut Replacer<'_>,
    sql: &str,
    statement: &RedactedStatement<'_>,
) -> String {
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

/// Replaces the parameters that may be a hidden column's.
pub(crate) fn parameters(at: &mut Replacer<'_>, parameters: &mut [Value], statement: &RedactedStatement<'_>) {
    let owners = statement.parameters(parameters.len());
    let theirs = parameters.iter_mut().zip(owners).filter(|(_, owner)| *owner != Owner::Other);
    theirs.for_each(|(parameter, _)| cell(at, parameter));
}

/// Replaces the cells of hidden columns. `statement` gave the rows; none: it names no such column.
pub(crate) fn rows(
    at: &mut Replacer<'_>,
    rows: &mut Value,
    statement: Option<&RedactedStatement<'_>>,
    columns: &dyn Columns,
) {
    let Some(Value::List(names)) = rows.field("columns") else { return };
    let names: Vec<&str> =
        names.iter().map(|name| if let Value::String(name) = name { name } else { "" }).collect();
    let by_name = |name: &&str| if columns.has(name) { Owner::Redacted } else { Owner::Other };
    let owners: Vec<Owner> = match statement {
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

/// All cells, row by row.
pub(crate) fn each_cell(rows: &mut Value, mut each: impl FnMut(&mut Value)) {
    let Some(Value::List(rows)) = rows.field_mut("rows") else { return };
    for row in rows {
        if let Value::List(cells) = row {
            cells.iter_mut().for_each(&mut each);
        }
    }
}

/// Redacts a value. Whatever it was, it becomes a text, since only texts and bytes can have a token;
/// null stays.
fn cell(at: &mut Replacer<'_>, value: &mut Value) {
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
        Value::Bool(yes) => whole = Value::Redacted(at.token(&[u8::from(yes)])),
        _ => at.whole(&mut whole),
    }
    *value = Value::Variant("text".to_owned(), Box::new(whole));
}
