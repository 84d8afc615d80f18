//! What a statement is made of.

/// Whose rules a text is cut by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lexis {
    /// `` `name` `` and `[name]` are names; `?`, `?1`, `:name`, `@name` and `#name` are parameters.
    Sqlite,
    /// `$tag$text$tag$`, `E'it\'s'`, comments inside comments; only `$1` is a parameter.
    Postgres,
    /// For a statement of which nobody knows whose it is: what is a text, a name or a parameter to either database
    /// is that.
    Either,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A text in quotes of any kind. SQLite takes one for a name where only a name can stand.
    Text,
    /// What begins with a digit.
    Number,
    /// `?`, `?1`, `$1`, `:name`, `@name`, `#name`.
    Parameter,
    /// Anything else, byte by byte.
    Symbol,
}

/// A piece of SQL. Space and comments are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it stands, quotes included.
    pub text: &'a str,
    /// Its place in the statement, in bytes.
    pub at: usize,
}

impl<'a> Token<'a> {
    /// Whether it is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is one of these keywords.
    pub fn is_in(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|it| self.is(it))
    }

    /// Whether it is this symbol.
    pub fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == Kind::Symbol && self.text.as_bytes().first() == Some(&symbol)
    }

    /// Whether it opens a bracket.
    pub fn opens(&self) -> bool {
        self.is_symbol(b'(')
    }

    /// Whether it closes a bracket.
    pub fn closes(&self) -> bool {
        self.is_symbol(b')')
    }

    /// The name that it is.
    pub fn name(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word => Some(self.text),
            Kind::Quoted => Some(inside(self.text)),
            _ => None,
        }
    }

    /// The name that SQLite may take it for: a text, too, is one where only a name can stand.
    pub fn possible_name(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Text => Some(inside(self.text)),
            _ => self.name(),
        }
    }

    /// The value that it is. SQLite takes a name that is none for a text: one with signs is taken for that.
    pub fn literal(&self) -> Option<String> {
        let signs =
            |text: &str| text.contains(|it: char| it.is_ascii_punctuation() && it != '_' || it == ' ');
        match self.kind {
            Kind::Number => Some(self.text.to_owned()),
            Kind::Text if self.text.starts_with('$') => Some(inside(self.text).to_owned()),
            Kind::Text => Some(inside(self.text).replace("''", "'")),
            Kind::Quoted if self.text.starts_with('"') => {
                self.name().filter(|name| signs(name)).map(str::to_owned)
            }
            _ => None,
        }
    }
}

/// What stands between quotes, also if they are not closed.
fn inside(text: &str) -> &str {
    if let Some(tagged) = text.strip_prefix('$') {
        let mark = tagged.find('$').map_or(text.len(), |end| end + 2);
        let inner = text.get(mark..).unwrap_or_default();
        return inner.strip_suffix(&text[..mark]).unwrap_or(inner);
    }
    let open = text.find(['\'', '"', '`', '[']).map_or(0, |at| at + 1);
    let inner = text.get(open..).unwrap_or_default();
    let close = match text.as_bytes().get(open.wrapping_sub(1)) {
        Some(b'[') => ']',
        Some(quote) => char::from(*quote),
        None => return inner,
    };
    inner.strip_suffix(close).unwrap_or(inner)
}
