//! Header values as texts, without a loss.
//!
//! HTTP has bytes in the value of a header; the contract and the journal have texts. Nearly every value is
//! valid UTF-8 and is its own text. A byte that is no UTF-8, such as é in latin-1, is written as the control
//! character U+0010 with two hexadecimal digits behind it. HTTP allows that character in no value, so no
//! header that can be sent or received is mistaken for a written byte.

use std::fmt::Write;

/// Stands before the two digits of a byte. Unicode calls it 'data link escape'.
const ESCAPE: char = '\u{10}';

/// The text of a value: the value itself where it is UTF-8. Every value has a text of its own.
pub fn to_text(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                ESCAPE => push_byte(&mut text, ESCAPE as u8),
                character => text.push(character),
            }
        }
        chunk.invalid().iter().for_each(|byte| push_byte(&mut text, *byte));
    }
    text
}

/// The value of a text: `to_bytes(&to_text(value))` is `value`. An escape character that no two digits
/// follow stays as it is.
pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        match byte(first, behind) {
            Some(byte) => {
                value.push(byte);
                rest = &behind[2..];
            }
            None => {
                value.push(first);
                rest = behind;
            }
        }
    }
    value
}

fn push_byte(text: &mut String, byte: u8) {
    // Writing to a String does not fail.
    let _ = write!(text, "{ESCAPE}{byte:02x}");
}

/// The byte that stands behind an escape character.
fn byte(first: u8, behind: &[u8]) -> Option<u8> {
    if first != ESCAPE as u8 {
        return None;
    }
    let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
    Some(((digit(0)? << 4) | digit(1)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_text_is_its_own_text() {
        for value in ["", "text/html; charset=utf-8", "a\tb \"c\" %e9", "café ☃ \u{fffd}", "\\x10e9"] {
            assert_eq!(to_text(value.as_bytes()), value);
            assert_eq!(to_bytes(value), value.as_bytes());
        }
    }

    #[test]
    fn a_byte_that_is_no_text_comes_back() {
        assert_eq!(to_text(b"caf\xe9"), "caf\u{10}e9");
        assert_eq!(to_bytes("caf\u{10}e9"), b"caf\xe9");
    }

    #[test]
    fn every_value_comes_back_and_has_a_text_of_its_own() {
        let pieces: [&[u8]; 9] =
            [b"", b"a", b"\x10", b"\xe9", b"\xc3", b"\xa9", b"e9", b"\xff\xfe", "é\u{fffd}".as_bytes()];
        let mut texts = std::collections::HashMap::new();
        for (one, two, three) in triples(&pieces) {
            let value = [one, two, three].concat();
            let text = to_text(&value);
            assert_eq!(to_bytes(&text), value, "{value:x?}");
            assert_eq!(*texts.entry(text).or_insert_with(|| value.clone()), value);
        }
        for byte in 0..=u8::MAX {
            assert_eq!(to_bytes(&to_text(&[byte])), [byte]);
        }
    }

    #[test]
    fn an_escape_without_digits_stays() {
        for text in ["\u{10}", "a\u{10}", "\u{10}4", "\u{10}zz", "\u{10}é"] {
            assert_eq!(to_bytes(text), text.as_bytes());
        }
    }

    fn triples<'a>(pieces: &'a [&'a [u8]]) -> impl Iterator<Item = (&'a [u8], &'a [u8], &'a [u8])> {
        let pairs = pieces.iter().flat_map(|one| pieces.iter().map(move |two| (*one, *two)));
        pairs.flat_map(|(one, two)| pieces.iter().map(move |three| (one, two, *three)))
    }
}
