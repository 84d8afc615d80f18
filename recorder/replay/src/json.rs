//! JSON as it was written: every value with the bytes that it stands in, and nothing thrown away.
//!
//! The readers in the tree (serde_json) give values: digits beyond their numbers, second members of
//! a name, the order and the white space are gone. A comparison that must be exact needs those.

use std::borrow::Cow;

/// How deep JSON may nest. What is deeper is compared as bytes.
pub const MAX_JSON_DEPTH: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
    /// A member's name; the value is the next entry.
    Name,
}

/// A value or a name in a document: its bytes, and the entry behind all that is in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub start: u32,
    pub end: u32,
    pub after: u32,
    pub kind: Kind,
}

/// A JSON text and its values in the order in which they begin; the first is the whole.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    text: &'a str,
    entries: Vec<Entry>,
}

impl<'a> Document<'a> {
    /// None: the bytes are not JSON, or are nested too deep. A byte order mark is white space here.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| u32::try_from(text.len()).is_ok())?;
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut parser = Parser { bytes, at, entries: Vec::new() };
        parser.space();
        parser.value(0)?;
        parser.space();
        let entries = parser.entries;
        (parser.at == bytes.len()).then_some(Self { text, entries })
    }

    /// The same of a text, such as a parameter of a statement. Only of an object or an array: a text that is `1` is no
    /// number.
    pub fn of_text(text: &'a str) -> Option<Self> {
        let has_parts = text.trim_start().starts_with(['{', '[']);
        if has_parts { Self::parse(text.as_bytes()) } else { None }
    }

    /// All of it, as it was written.
    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn entry(&self, id: usize) -> Entry {
        self.entries[id]
    }

    /// The value's own text.
    pub fn raw(&self, id: usize) -> &'a str {
        let Entry { start, end, .. } = self.entries[id];
        self.between(start, end)
    }

    pub fn between(&self, start: u32, end: u32) -> &'a str {
        &self.text[start as usize..end as usize]
    }

    /// What stands before the whole value and behind it.
    pub fn around(&self) -> (&'a str, &'a str) {
        let Entry { start, end, .. } = self.entries[0];
        (&self.text[..start as usize], &self.text[end as usize..])
    }

    /// How many values below and including this one have none below them.
    pub fn leaves(&self, id: usize) -> u64 {
        let behind = self.entries[id].after as usize;
        let leaf = |id: &usize| {
            let Entry { after, kind, .. } = self.entries[*id];
            kind != Kind::Name && after as usize == *id + 1
        };
        (id..behind).filter(leaf).count() as u64
    }
}

/// The text that a JSON string stands for; quotes included in `raw`.
pub(crate) fn unescaped(raw: &str) -> Cow<'_, str> {
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (letter, length) = escape(rest.as_bytes(), at).unwrap_or(('\u{fffd}', 1));
        out.push(letter);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the string ends that begins at `at`, if it is one; half a surrogate pair is not.
pub(crate) fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += escape(bytes, at)?.1,
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// The escape at `at`: its letter, and how many bytes it takes.
fn escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let letter = match *bytes.get(at + 1)? {
        letter @ (b'"' | b'\\' | b'/') => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return wide_escape(bytes, at),
        _ => return None,
    };
    Some((letter, 2))
}

fn wide_escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let first = unit(bytes, at)?;
    if let Some(letter) = char::from_u32(u32::from(first)) {
        return Some((letter, 6));
    }
    let pair = [first, unit(bytes, at + 6)?];
    char::decode_utf16(pair).next()?.ok().map(|letter| (letter, 12))
}

/// Four hexadecimal digits behind `\u`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    entries: Vec<Entry>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'{' => self.entry(Kind::Object, |parser| parser.items(depth, b'}')),
            b'[' => self.entry(Kind::Array, |parser| parser.items(depth, b']')),
            b'"' => self.entry(Kind::Text, Self::string),
            b't' => self.entry(Kind::Bool, |parser| parser.word(b"true")),
            b'f' => self.entry(Kind::Bool, |parser| parser.word(b"false")),
            b'n' => self.entry(Kind::Null, |parser| parser.word(b"null")),
            _ => self.entry(Kind::Number, Self::number),
        }
    }

    fn entry(&mut self, kind: Kind, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let id = self.entries.len();
        let start = self.at as u32;
        self.entries.push(Entry { start, end: start, after: 0, kind });
        read(self)?;
        let after = self.entries.len() as u32;
        self.entries[id] = Entry { start, end: self.at as u32, after, kind };
        Some(())
    }

    /// The members of an object or the items of an array, up to its end.
    fn items(&mut self, depth: usize, close: u8) -> Option<()> {
        if depth == MAX_JSON_DEPTH {
            return None;
        }
        self.at += 1;
        self.space();
        if self.take(close) {
            return Some(());
        }
        loop {
            self.space();
            if close == b'}' {
                self.name()?;
            }
            self.value(depth + 1)?;
            self.space();
            if !self.take(b',') {
                return self.take(close).then_some(());
            }
        }
    }

    fn name(&mut self) -> Option<()> {
        (self.peek() == Some(b'"')).then_some(())?;
        self.entry(Kind::Name, Self::string)?;
        self.space();
        self.take(b':').then_some(())?;
        self.space();
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.at = string_end(self.bytes, self.at)?;
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
