//! The tokens of a statement, cut where its database cuts them: what looks like a keyword inside a
//! string or a comment is none, and what a database would run cannot hide in one.

/// Whose rules a text is cut by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lexis {
    /// `` `name` `` and `[name]` are names; `?`, `?1`, `:name`, `@name` and `#name` are parameters.
    Sqlite,
    /// `$tag$text$tag$`, `E'it\'s'`, comments inside comments; only `$1` is a parameter.
    Postgres,
}

/// A piece of SQL. Space and comments are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A keyword, a name or a number.
    Word(&'a str),
    /// What stands between quotes of any kind: SQLite takes each of them for a name somewhere.
    Quoted(&'a str),
    /// `?`, `?1`, `$1`, `:name`, `@name`, `#name`.
    Parameter(&'a str),
    /// Anything else, byte by byte.
    Symbol(u8),
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is one of these keywords.
    pub(crate) fn is_in(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|it| self.is(it))
    }
}

/// Cuts `sql` into tokens.
pub(crate) fn tokens(sql: &str, lexis: Lexis) -> Vec<Token<'_>> {
    Tokens { sql, at: 0, lexis }.map(|(_, token)| token).collect()
}

/// `sql`, with something else in the place of the parameters for which there is something.
pub(crate) fn replace(sql: &str, lexis: Lexis, other: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(sql.len() + 32);
    let mut copied = 0;
    for (at, token) in (Tokens { sql, at: 0, lexis }) {
        if let Token::Parameter(name) = token
            && let Some(other) = other(name)
        {
            replaced.push_str(&sql[copied..at]);
            replaced.push_str(&other);
            copied = at + name.len();
        }
    }
    replaced.push_str(&sql[copied..]);
    replaced
}

/// The tokens and where they begin.
struct Tokens<'a> {
    sql: &'a str,
    at: usize,
    lexis: Lexis,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = skip(&self.sql[self.at..], self.lexis);
        let begin = self.sql.len() - rest.len();
        let (token, length) = match self.lexis {
            Lexis::Sqlite => sqlite(rest, *rest.as_bytes().first()?),
            Lexis::Postgres => postgres(rest, *rest.as_bytes().first()?),
        };
        self.at = begin + length;
        Some((begin, token))
    }
}

fn sqlite(rest: &str, first: u8) -> (Token<'_>, usize) {
    let parameter = |length| (Token::Parameter(&rest[..length]), length);
    match first {
        b'\'' | b'"' | b'`' => quoted(rest, 0, false),
        b'[' => {
            let length = rest.find(']').map_or(rest.len(), |at| at + 1);
            (Token::Quoted(rest[1..length].trim_end_matches(']')), length)
        }
        b'?' => parameter(1 + run(&rest[1..], |it| it.is_ascii_digit())),
        b'$' | b'@' | b'#' => parameter(named(rest)),
        b':' if named(rest) > 1 => parameter(named(rest)),
        _ => word_or_symbol(rest, first),
    }
}

fn postgres(rest: &str, first: u8) -> (Token<'_>, usize) {
    match first {
        b'\'' | b'"' => quoted(rest, 0, false),
        b'e' | b'E' if rest[1..].starts_with('\'') => quoted(rest, 1, true),
        b'$' => match run(&rest[1..], |it| it.is_ascii_digit()) {
            0 => dollar_quoted(rest),
            digits => (Token::Parameter(&rest[..=digits]), 1 + digits),
        },
        b'0'..=b'9' => {
            let length = run(rest, |it| it != b'$' && part_of_word(it));
            (Token::Word(&rest[..length]), length)
        }
        _ => word_or_symbol(rest, first),
    }
}

fn word_or_symbol(rest: &str, first: u8) -> (Token<'_>, usize) {
    match run(rest, part_of_word) {
        0 => (Token::Symbol(first), 1),
        length => (Token::Word(&rest[..length]), length),
    }
}

/// Without the space and the comments that it begins with.
fn skip(mut rest: &str, lexis: Lexis) -> &str {
    let (space, line_ends): (&[char], &[char]) = match lexis {
        Lexis::Sqlite => (&['\u{feff}', ' ', '\t', '\n', '\u{b}', '\u{c}', '\r'], &['\n']),
        Lexis::Postgres => (&[' ', '\t', '\n', '\u{b}', '\u{c}', '\r'], &['\n', '\r']),
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

/// What stands in the quotes that begin at `from`, and how long it is with them. A doubled quote does
/// not end it, nor one behind a backslash where backslashes escape.
fn quoted(text: &str, from: usize, escapes: bool) -> (Token<'_>, usize) {
    let bytes = text.as_bytes();
    let quote = bytes[from];
    let mut at = from + 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' || bytes[at] == quote && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if bytes[at] == quote {
            return (Token::Quoted(&text[from + 1..at]), at + 1);
        } else {
            at += 1;
        }
    }
    (Token::Quoted(&text[from + 1..]), text.len())
}

/// `$$text$$` or `$tag$text$tag$`, or else a dollar.
fn dollar_quoted(text: &str) -> (Token<'_>, usize) {
    let tag = 1 + run(&text[1..], |it| it != b'$' && part_of_word(it));
    if !text[tag..].starts_with('$') {
        return (Token::Symbol(b'$'), 1);
    }
    let (tag, inside) = text.split_at(tag + 1);
    match inside.find(tag) {
        Some(end) => (Token::Quoted(&inside[..end]), end + 2 * tag.len()),
        None => (Token::Quoted(inside), text.len()),
    }
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
