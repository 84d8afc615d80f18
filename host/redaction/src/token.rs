//! The tokens of a statement of any dialect: what looks like a name inside a text or a comment is none.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A text in quotes of any kind.
    Text,
    Number,
    /// `?`, `?1`, `$1`, `:name`, `@name`.
    Parameter,
    /// Anything else, byte by byte.
    Symbol,
}

/// A piece of SQL. Space and comments are left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub kind: Kind,
    /// As it stands, quotes included.
    pub text: &'a str,
    /// Its place in the statement.
    pub at: usize,
}

impl<'a> Token<'a> {
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    pub(crate) fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == Kind::Symbol && self.text.as_bytes()[0] == symbol
    }

    pub(crate) fn opens(&self) -> bool {
        self.is_symbol(b'(')
    }

    pub(crate) fn closes(&self) -> bool {
        self.is_symbol(b')')
    }

    /// The name that it may be.
    pub(crate) fn name(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word => Some(self.text),
            Kind::Quoted => self.text.get(1..self.text.len() - 1),
            _ => None,
        }
    }

    /// The value that it is. SQLite takes a name that is none for a text: one with signs is taken for that.
    pub(crate) fn literal(&self) -> Option<String> {
        let signs =
            |text: &str| text.contains(|it: char| it.is_ascii_punctuation() && it != '_' || it == ' ');
        match self.kind {
            Kind::Number => Some(self.text.to_owned()),
            Kind::Text if self.text.starts_with('$') => {
                let mark = self.text[1..].find('$').map_or(0, |end| end + 2);
                self.text.get(mark..self.text.len() - mark).map(str::to_owned)
            }
            Kind::Text => {
                let open = self.text.find('\'')?;
                let inner = self.text.get(open + 1..self.text.len().checked_sub(1)?).unwrap_or_default();
                Some(inner.replace("''", "'"))
            }
            Kind::Quoted if self.text.starts_with('"') => {
                self.name().filter(|name| signs(name)).map(str::to_owned)
            }
            _ => None,
        }
    }
}

/// Cuts `sql` into tokens.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&first) = sql.as_bytes().get(at) {
        let rest = &sql[at..];
        if let Some(length) = blank(rest) {
            at += length;
            continue;
        }
        let (kind, length) = cut(rest, first);
        tokens.push(Token { kind, text: &rest[..length], at });
        at += length;
    }
    tokens
}

/// The length of the space or comment that `rest` begins with.
fn blank(rest: &str) -> Option<usize> {
    if rest.starts_with("--") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if let Some(comment) = rest.strip_prefix("/*") {
        return Some(comment.find("*/").map_or(rest.len(), |end| end + 4));
    }
    let first = rest.chars().next()?;
    (first.is_whitespace() || first == '\u{feff}').then_some(first.len_utf8())
}

fn cut(rest: &str, first: u8) -> (Kind, usize) {
    match first {
        b'\'' => (Kind::Text, quoted(rest, 0, '\'', false)),
        b'"' | b'`' => (Kind::Quoted, quoted(rest, 0, char::from(first), false)),
        b'[' => match rest.find(']') {
            Some(end) if !rest[1..end].contains([',', '(', ':']) && end > 1 => (Kind::Quoted, end + 1),
            _ => (Kind::Symbol, 1),
        },
        b'$' => dollar(rest),
        b'?' => (Kind::Parameter, 1 + run(&rest[1..], |it| it.is_ascii_digit())),
        // A cast.
        b':' if rest.starts_with("::") => (Kind::Symbol, 2),
        b':' | b'@' | b'#' => match run(&rest[1..], part_of_word) {
            0 => (Kind::Symbol, 1),
            length => (Kind::Parameter, 1 + length),
        },
        b'0'..=b'9' => (Kind::Number, run(rest, |it| it.is_ascii_alphanumeric() || it == b'.')),
        // E'…', X'…', N'…': a text with a letter before it.
        _ if first.is_ascii_alphabetic() && rest.as_bytes().get(1) == Some(&b'\'') => {
            (Kind::Text, quoted(rest, 1, '\'', first.eq_ignore_ascii_case(&b'e')))
        }
        _ if part_of_word(first) => (Kind::Word, run(rest, part_of_word)),
        _ => (Kind::Symbol, 1),
    }
}

/// `$1`, or a text between `$$` or `$name$`.
fn dollar(rest: &str) -> (Kind, usize) {
    let name = run(&rest[1..], part_of_word);
    let digits = name > 0 && rest.as_bytes()[1].is_ascii_digit();
    if !digits && rest.as_bytes().get(name + 1) == Some(&b'$') {
        let mark = &rest[..name + 2];
        let end = rest[mark.len()..].find(mark).map_or(rest.len(), |end| end + 2 * mark.len());
        return (Kind::Text, end);
    }
    if name == 0 { (Kind::Symbol, 1) } else { (Kind::Parameter, name + 1) }
}

/// The length of what stands in quotes, which are doubled inside it. It may have no end.
fn quoted(rest: &str, open: usize, quote: char, escapes: bool) -> usize {
    let mut letters = rest.char_indices().skip_while(|(at, _)| *at <= open).peekable();
    while let Some((at, letter)) = letters.next() {
        if escapes && letter == '\\' {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

fn run(text: &str, part: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !part(byte)).unwrap_or(text.len())
}

fn part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expect: &[(Kind, &str)]) {
        let found: Vec<_> = tokens(sql).iter().map(|token| (token.kind, token.text)).collect();
        assert_eq!(found, expect, "{sql}");
    }

    #[test]
    fn statements_are_cut_where_databases_cut_them() {
        use Kind::{Number, Parameter, Quoted, Symbol, Text, Word};
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
    fn literals_have_their_plain_text() {
        for (sql, plain) in [
            ("'it''s'", "it's"),
            ("$x$b$x$", "b"),
            ("E'a'", "a"),
            ("12", "12"),
            ("\"a@b\"", "a@b"),
            ("'", ""),
        ] {
            assert_eq!(tokens(sql)[0].literal().as_deref(), Some(plain), "{sql}");
        }
        assert_eq!(tokens("\"name\"")[0].literal(), None);
    }
}
