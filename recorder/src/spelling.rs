//! How a value stands in a text: as it is, or with some of its characters escaped.
//!
//! Encoders write letters, digits and `-._` as they are, and differ in everything else: one writes `/` in a URL
//! as `%2F`, one as it is; one writes `ü` in JSON as `\u00fc`, one as it is. So what stands for a value has those
//! characters of it that encoders may change, and they are spelt as they were in the text.

use std::ops::Range;

/// Stands for all characters that are not ASCII: encoders treat them alike, and which they are is hidden.
const OTHER: char = 'é';

/// A text with its escapes read: what it says, and where each of its bytes stands, the end included.
pub(crate) struct Plain {
    pub bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Plain {
    /// Where a part of what it says stands in the text.
    pub fn place(&self, part: &Range<usize>) -> Range<usize> {
        self.places[part.start]..self.places[part.end]
    }
}

/// An escape that is read away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// `%2F`.
    Percent,
    /// The same in a form, where `+` is a space.
    Form,
    /// `\"` and `\u00fc`.
    Json,
}

impl Escapes {
    pub const ALL: [Self; 3] = [Self::Percent, Self::Form, Self::Json];

    /// The text without these escapes; none: it has none.
    pub fn read(self, text: &[u8]) -> Option<Plain> {
        let has = |byte: u8| memchr::memchr(byte, text).is_some();
        let may = match self {
            Self::Percent => has(b'%'),
            Self::Form => has(b'+'),
            Self::Json => has(b'\\'),
        };
        may.then_some(())?;
        let mut plain =
            Plain { bytes: Vec::with_capacity(text.len()), places: Vec::with_capacity(text.len() + 1) };
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let (said, length) = self.one(&text[at..]).unwrap_or((Said::byte(*byte), 1));
            plain.places.push(at);
            at += length;
            plain.bytes.extend_from_slice(said.bytes());
            // The other bytes of one escape stand nowhere of their own.
            plain.places.extend(std::iter::repeat_n(at, said.bytes().len() - 1));
        }
        plain.places.push(at);
        (plain.bytes != text).then_some(plain)
    }

    /// What the escape that `text` begins with says, and its length.
    fn one(self, text: &[u8]) -> Option<(Said, usize)> {
        match (self, text.first()?) {
            (Self::Form, b'+') => Some((Said::byte(b' '), 1)),
            (Self::Percent | Self::Form, b'%') => {
                Some((Said::byte(u8::try_from(hex(text.get(1..3)?)?).ok()?), 3))
            }
            (Self::Json, b'\\') => json_escape(text),
            _ => None,
        }
    }
}

/// The bytes of one character.
struct Said([u8; 4], usize);

impl Said {
    fn byte(byte: u8) -> Self {
        Self([byte, 0, 0, 0], 1)
    }

    fn bytes(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

impl From<char> for Said {
    fn from(letter: char) -> Self {
        let mut bytes = [0; 4];
        let length = letter.encode_utf8(&mut bytes).len();
        Self(bytes, length)
    }
}

fn json_escape(text: &[u8]) -> Option<(Said, usize)> {
    let unit = |at: usize| {
        text.get(at..at + 2).filter(|it| *it == b"\\u").and_then(|_| hex(text.get(at + 2..at + 6)?))
    };
    let byte = match text.get(1)? {
        byte @ (b'"' | b'\\' | b'/') => *byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let high = unit(0)?;
            if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (high, unit(6)) {
                let letter = 0x10000 + (((high - 0xd800) << 10) | (low - 0xdc00));
                return Some((char::from_u32(letter)?.into(), 12));
            }
            return Some((char::from_u32(high)?.into(), 6));
        }
        _ => return None,
    };
    Some((Said::byte(byte), 2))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some((number << 4) | char::from(*digit).to_digit(16)?))
}

/// How one character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    AsItIs,
    /// A space as `+`.
    Plus,
    Percent {
        lower: bool,
    },
    /// `\n`.
    Short,
    /// `\u000a`.
    Unicode {
        lower: bool,
    },
}

/// How each of a value's characters is written in one place.
#[derive(Debug, Default)]
struct Spelling(Vec<(char, Written)>);

impl Spelling {
    /// The spelling of a part of a text that was read.
    fn of(text: &[u8], plain: &Plain, part: &Range<usize>) -> Self {
        let place = &text[plain.place(part)];
        let (lower, upper) = (has_digits(place, b'a'..=b'f'), has_digits(place, b'A'..=b'F'));
        let mut spelling = Self::default();
        for at in part.clone() {
            let byte = plain.bytes[at];
            // The first byte of a character says how all of it is written.
            let Some(letter) = special(byte).filter(|_| byte & 0xc0 != 0x80) else { continue };
            if !spelling.0.iter().any(|(other, _)| *other == letter) {
                spelling.0.push((letter, written(&text[plain.place(&(at..at + 1))], lower, upper)));
            }
        }
        spelling
    }

    fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for letter in text.chars() {
            let class = if letter.is_ascii() { letter } else { OTHER };
            let written = self.0.iter().find(|(other, _)| *other == class);
            write(letter, written.map_or(Written::AsItIs, |(_, written)| *written), &mut out);
        }
        out
    }
}

/// What stands for a value, spelt as the value is in a part of a text that was read.
pub(crate) fn spelt(stand_in: &str, text: &[u8], plain: &Plain, part: &Range<usize>) -> String {
    let spelling = Spelling::of(text, plain, part);
    let spelt = spelling.apply(stand_in);
    let value = String::from_utf8_lossy(&plain.bytes[part.clone()]);
    if spelling.apply(&value).as_bytes() == &text[plain.place(part)] {
        return spelt;
    }
    // Letters are escaped, or one character once so and once so. No encoder of a library does: it is enough that
    // this is no other spelling.
    match spelt.rsplit_once('-') {
        Some((before, tag)) => format!("{before}%2D-{tag}"),
        None => spelt,
    }
}

/// Whether any digit of its escapes is one of these.
fn has_digits(text: &[u8], digits: std::ops::RangeInclusive<u8>) -> bool {
    let escaped = |at: usize| match text[at] {
        b'%' => text.get(at + 1..at + 3),
        b'\\' if text.get(at + 1) == Some(&b'u') => text.get(at + 2..at + 6),
        _ => None,
    };
    (0..text.len()).filter_map(escaped).flatten().any(|digit| digits.contains(digit))
}

/// Where no digit tells, they are in the case in which most encoders write them.
fn written(text: &[u8], lower: bool, upper: bool) -> Written {
    match text {
        [b'+'] => Written::Plus,
        [b'%', _, ..] => Written::Percent { lower },
        [b'\\', b'u', ..] => Written::Unicode { lower: !upper },
        [b'\\', _, ..] => Written::Short,
        _ => Written::AsItIs,
    }
}

fn write(letter: char, written: Written, out: &mut String) {
    match written {
        Written::AsItIs => out.push(letter),
        Written::Plus => out.push('+'),
        Written::Percent { lower } => {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                out.push_str(&if lower { format!("%{byte:02x}") } else { format!("%{byte:02X}") });
            }
        }
        Written::Short => {
            let short = "\u{8}\u{c}\n\r\t".chars().zip("bfnrt".chars()).find(|(it, _)| *it == letter);
            out.extend(['\\', short.map_or(letter, |(_, short)| short)]);
        }
        Written::Unicode { lower } => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.push_str(&if lower { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
            }
        }
    }
}

/// The character that an encoder may change, if this byte is of one. [`OTHER`] stands for what is not ASCII.
fn special(byte: u8) -> Option<char> {
    match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' => None,
        0x80.. => Some(OTHER),
        byte => Some(char::from(byte)),
    }
}

/// A text with everything encoded that a URL may not have.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let as_it_is = letter.is_ascii_alphanumeric() || "-._~".contains(letter);
        write(letter, if as_it_is { Written::AsItIs } else { Written::Percent { lower: false } }, &mut out);
    }
    out
}

/// The characters of a value that an encoder may change, each once, in the order of ASCII.
pub(crate) fn specials(value: &[u8]) -> String {
    let mut there = [false; 129];
    value.iter().filter_map(|byte| special(*byte)).for_each(|it| there[(it as usize).min(128)] = true);
    let ascii = (0..128_u8).filter(|byte| there[usize::from(*byte)]).map(char::from);
    ascii.chain(there[128].then_some(OTHER)).collect()
}

/// The length of one such character that `text` begins with, however it is written.
pub(crate) fn special_length(text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let escape = [Escapes::Percent, Escapes::Json].iter().find_map(|escapes| escapes.one(text));
    match escape {
        Some((_, length)) => Some(length),
        None => special(first).map(|letter| if letter == OTHER { OTHER.len_utf8() } else { 1 }),
    }
}
