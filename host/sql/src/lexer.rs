//! The tokens of a statement, cut where its database cuts them: what looks like a keyword inside a text or a comment
//! is none, and what a database would run cannot hide in one.

use crate::token::{Kind, Lexis, Token};

/// Cuts `sql` into tokens.
pub fn tokens(sql: &str, lexis: Lexis) -> Vec<Token<'_>> {
    Tokens { sql, at: 0, lexis }.collect()
}

/// `sql`, with something else in the place of the parameters for which there is something.
pub fn replace(sql: &str, lexis: Lexis, other: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(sql.len() + 32);
    let mut copied = 0;
    for token in (Tokens { sql, at: 0, lexis }) {
        if token.kind == Kind::Parameter
            && let Some(other) = other(token.text)
        {
            replaced.push_str(&sql[copied..token.at]);
            replaced.push_str(&other);
            copied = token.at + token.text.len();
        }
    }
    replaced.push_str(&sql[copied..]);
    replaced
}

struct Tokens<'a> {
    sql: &'a str,
    at: usize,
    lexis: Lexis,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = skip(&self.sql[self.at..], self.lexis);
        let at = self.sql.len() - rest.len();
        let first = *rest.as_bytes().first()?;
        let (kind, length) = match self.lexis {
            Lexis::Sqlite => sqlite(rest, first),
            Lexis::Postgres => postgres(rest, first),
            Lexis::Either => either(rest, first),
        };
        self.at = at + length;
        Some(Token { kind, text: &rest[..length], at })
    }
}

fn sqlite(rest: &str, first: u8) -> (Kind, usize) {
    match first {
        b'\'' => (Kind::Text, quoted(rest, 0, false)),
        b'"' | b'`' => (Kind::Quoted, quoted(rest, 0, false)),
        b'[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |at| at + 1)),
        b'?' => (Kind::Parameter, 1 + run(&rest[1..], |it| it.is_ascii_digit())),
        b'$' | b'@' | b'#' => (Kind::Parameter, named(rest)),
        b':' if named(rest) > 1 => (Kind::Parameter, named(rest)),
        _ => word_or_symbol(rest, first),
    }
}

fn postgres(rest: &str, first: u8) -> (Kind, usize) {
    match first {
        b'\'' => (Kind::Text, quoted(rest, 0, false)),
        b'"' => (Kind::Quoted, quoted(rest, 0, false)),
        b'e' | b'E' if rest[1..].starts_with('\'') => (Kind::Text, quoted(rest, 1, true)),
        b'$' => match run(&rest[1..], |it| it.is_ascii_digit()) {
            0 => dollar_quoted(rest).map_or((Kind::Symbol, 1), |length| (Kind::Text, length)),
            digits => (Kind::Parameter, 1 + digits),
        },
        b'0'..=b'9' => (Kind::Number, run(rest, |it| it != b'$' && part_of_word(it))),
        _ => word_or_symbol(rest, first),
    }
}

fn either(rest: &str, first: u8) -> (Kind, usize) {
    match first {
        b'\'' => (Kind::Text, quoted(rest, 0, false)),
        b'"' | b'`' => (Kind::Quoted, quoted(rest, 0, false)),
        // A name of SQLite's, or the place in an array.
        b'[' => match rest.find(']') {
            Some(end) if !rest[1..end].contains([',', '(', ':']) && end > 1 => (Kind::Quoted, end + 1),
            _ => (Kind::Symbol, 1),
        },
        b'$' if !rest[1..].starts_with(|it: char| it.is_ascii_digit()) => match dollar_quoted(rest) {
            Some(length) => (Kind::Text, length),
            None => parameter(rest),
        },
        b'?' => (Kind::Parameter, 1 + run(&rest[1..], |it| it.is_ascii_digit())),
        // A cast.
        b':' if rest.starts_with("::") => (Kind::Symbol, 2),
        b'$' | b':' | b'@' | b'#' => parameter(rest),
        b'0'..=b'9' => (Kind::Number, run(rest, |it| it.is_ascii_alphanumeric() || it == b'.')),
        // E'…', X'…', N'…': a text with a letter before it.
        _ if first.is_ascii_alphabetic() && rest.as_bytes().get(1) == Some(&b'\'') => {
            (Kind::Text, quoted(rest, 1, first.eq_ignore_ascii_case(&b'e')))
        }
        _ => match run(rest, |it| it != b'$' && part_of_word(it)) {
            0 => (Kind::Symbol, 1),
            length => (Kind::Word, length),
        },
    }
}

/// A parameter with a name, or a sign.
fn parameter(rest: &str) -> (Kind, usize) {
    match run(&rest[1..], |it| it != b'$' && part_of_word(it)) {
        0 => (Kind::Symbol, 1),
        length => (Kind::Parameter, 1 + length),
    }
}

fn word_or_symbol(rest: &str, first: u8) -> (Kind, usize) {
    match run(rest, part_of_word) {
        0 => (Kind::Symbol, 1),
        length if first.is_ascii_digit() => (Kind::Number, length),
        length => (Kind::Word, length),
    }
}

/// Without the space and the comments that it begins with.
fn skip(mut rest: &str, lexis: Lexis) -> &str {
    let (space, line_ends): (fn(char) -> bool, &[char]) = match lexis {
        Lexis::Sqlite => (|it| it == '\u{feff}' || ascii_space(it), &['\n']),
        Lexis::Postgres => (ascii_space, &['\n', '\r']),
        Lexis::Either => (|it| it == '\u{feff}' || it.is_whitespace(), &['\n']),
    };
    loop {
        let trimmed = rest.trim_start_matches(space);
        rest = if trimmed.starts_with("--") {
            trimmed.find(line_ends).map_or("", |at| &trimmed[at..])
        } else if trimmed.starts_with("/*") {
            &trimmed[comment(trimmed, lexis)..]
        } else {
            return trimmed;
        };
    }
}

fn ascii_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

/// The length of a comment that begins with `/*`.
fn comment(text: &str, lexis: Lexis) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") if depth == 0 || lexis == Lexis::Postgres => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") if depth == 1 => return at + 2,
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

/// How long what stands in the quotes that begin at `from` is, with them. A doubled quote does not end it, nor one
/// behind a backslash where backslashes escape.
fn quoted(text: &str, from: usize, escapes: bool) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[from];
    let mut at = from + 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' || bytes[at] == quote && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if bytes[at] == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of `$$text$$` or `$tag$text$tag$`.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = 1 + run(&text[1..], |it| it != b'$' && part_of_word(it));
    if !text[tag..].starts_with('$') {
        return None;
    }
    let (tag, inside) = text.split_at(tag + 1);
    Some(inside.find(tag).map_or(text.len(), |end| end + 2 * tag.len()))
}

/// The length of a parameter with a name. SQLite lets a name go on with `(` or `::`, as Tcl does; that
/// is kept, so that it is not taken for a number.
fn named(text: &str) -> usize {
    let length = 1 + run(&text[1..], part_of_word);
    let goes_on = length > 1 && (text[length..].starts_with('(') || text[length..].starts_with("::"));
    length + usize::from(goes_on)
}

fn run(text: &str, holds: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|it| !holds(it)).unwrap_or(text.len())
}

fn part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::Kind::{Number, Parameter, Quoted, Symbol, Text, Word};
    use super::*;

    #[track_caller]
    fn check(sql: &str, lexis: Lexis, expect: &[(Kind, &str)]) {
        let found: Vec<_> = tokens(sql, lexis).iter().map(|token| (token.kind, token.text)).collect();
        assert_eq!(found, expect, "{sql}");
    }

    #[test]
    fn statements_are_cut_where_either_database_cuts_them() {
        let check = |sql, expect: &[(Kind, &str)]| check(sql, Lexis::Either, expect);
        check(
            "a.\"b\" = $1",
            &[(Word, "a"), (Symbol, "."), (Quoted, "\"b\""), (Symbol, "="), (Parameter, "$1")],
        );
        check("'it''s' /* ' */ E'\\'x' -- '", &[(Text, "'it''s'"), (Text, "E'\\'x'")]);
        check(
            "$$a'$$ $x$b$$c$x$ ?2 1.5e3",
            &[(Text, "$$a'$$"), (Text, "$x$b$$c$x$"), (Parameter, "?2"), (Number, "1.5e3")],
        );
        check(
            "x::text [y z] :n",
            &[(Word, "x"), (Symbol, "::"), (Word, "text"), (Quoted, "[y z]"), (Parameter, ":n")],
        );
        check("'open é", &[(Text, "'open é")]);
    }

    #[test]
    fn each_database_has_its_own_quotes_and_comments() {
        let (sqlite, postgres) = (Lexis::Sqlite, Lexis::Postgres);
        check("`a` [b]", sqlite, &[(Quoted, "`a`"), (Quoted, "[b]")]);
        check("[1]", postgres, &[(Symbol, "["), (Number, "1"), (Symbol, "]")]);
        check("/* a /* b */ c */ d", sqlite, &[(Word, "c"), (Symbol, "*"), (Symbol, "/"), (Word, "d")]);
        check("/* a /* b */ c */ d", postgres, &[(Word, "d")]);
        check("-- a\rb", sqlite, &[]);
        check("-- a\rb", postgres, &[(Word, "b")]);
        check("$$a$$", sqlite, &[(Parameter, "$$a$$")]);
        check("$$a$$", postgres, &[(Text, "$$a$$")]);
        check("E'\\''", postgres, &[(Text, "E'\\''")]);
    }

    #[test]
    fn literals_have_their_plain_text() {
        for (sql, plain) in [
            ("'it''s'", "it's"),
            ("$x$b$x$", "b"),
            ("E'a'", "a"),
            ("12", "12"),
            ("\"a@b\"", "a@b"),
            ("'", ""),
        ] {
            assert_eq!(tokens(sql, Lexis::Either)[0].literal().as_deref(), Some(plain), "{sql}");
        }
        assert_eq!(tokens("\"name\"", Lexis::Either)[0].literal(), None);
    }

    #[test]
    fn only_parameters_are_replaced() {
        let twice = |name: &str| Some(format!("({name}, {name})"));
        let sql = "SELECT $1, '$1', \"$1\" -- $1\n, $2";
        let expect = "SELECT ($1, $1), '$1', \"$1\" -- $1\n, ($2, $2)";
        assert_eq!(replace(sql, Lexis::Postgres, twice), expect);
    }
}
