//! The tokens of a statement, cut where SQLite cuts them: what looks like a keyword inside a string
//! or a comment is none, and what SQLite would run cannot hide in one.

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
}

/// Cuts `sql` into tokens.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    loop {
        rest = skip(rest);
        let Some(&first) = rest.as_bytes().first() else {
            return tokens;
        };
        let length = match first {
            b'\'' | b'"' | b'`' => quoted(rest, first),
            b'[' => rest.find(']').map_or(rest.len(), |at| at + 1),
            b'?' => 1 + run(&rest[1..], |it| it.is_ascii_digit()),
            b'$' | b'@' | b'#' | b':' => named(rest),
            _ if part_of_word(first) => run(rest, part_of_word),
            _ => 1,
        };
        let (text, after) = rest.split_at(length);
        tokens.push(match first {
            b'\'' | b'"' | b'`' | b'[' => {
                Token::Quoted(text[1..].strip_suffix(closing(first)).unwrap_or(&text[1..]))
            }
            b'?' | b'$' | b'@' | b'#' => Token::Parameter(text),
            b':' if length > 1 => Token::Parameter(text),
            _ if part_of_word(first) => Token::Word(text),
            other => Token::Symbol(other),
        });
        rest = after;
    }
}

/// Without the space and the comments that it begins with.
fn skip(mut rest: &str) -> &str {
    loop {
        let trimmed = rest.trim_start_matches(['\u{feff}', ' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
        rest = if trimmed.starts_with("--") {
            trimmed.find('\n').map_or("", |at| &trimmed[at..])
        } else if let Some(comment) = trimmed.strip_prefix("/*") {
            comment.find("*/").map_or("", |at| &comment[at + 2..])
        } else {
            return trimmed;
        };
    }
}

/// The length of a quoted text: a doubled quote does not end it.
fn quoted(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
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

fn closing(quote: u8) -> char {
    if quote == b'[' { ']' } else { char::from(quote) }
}
