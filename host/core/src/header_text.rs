//! Header values as text, without loss: the contract and the journal have strings, HTTP has bytes.
//!
//! Bytes that are no UTF-8 are each written as U+0010 and two hexadecimal digits. No header value that HTTP
//! allows has U+0010, so nobody can send a value that is mistaken for another's bytes.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

/// DATA LINK ESCAPE: HTTP allows no control character in a value but the tab.
const ESCAPE: char = '\u{10}';

/// The bytes of a header's value as text.
pub fn header_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
            text.extend([ESCAPE, digit(byte >> 4), digit(byte & 15)]);
        }
    }
    text
}

/// Headers as the contract has them: names in lower case, values as texts.
pub fn header_texts<'a>(
    headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), header_text(value.as_bytes()))
    };
    headers.into_iter().map(text).collect()
}

/// The bytes of a header's value that was made text; none where the text is of no value.
pub fn header_bytes(text: &str) -> Option<Cow<'_, [u8]>> {
    if !text.contains(ESCAPE) {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let mut parts = text.split(ESCAPE);
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    // One text for each value: what stands for a byte that needs no escape is refused.
    (header_text(&bytes) == text).then_some(Cow::Owned(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        for bytes in
            [&b""[..], b"plain", "äöü".as_bytes(), b"caf\xe9", b"\xff\xfe\xc3", b"\xe2\x82", b"a\xe9\xe9b"]
        {
            assert_eq!(header_bytes(&header_text(bytes)).as_deref(), Some(bytes));
        }
        let all: Vec<u8> = (32..=255).filter(|byte| *byte != 127).collect();
        assert_eq!(header_bytes(&header_text(&all)).as_deref(), Some(&all[..]));
        assert_eq!(header_text(b"caf\xe9"), "caf\u{10}e9");
    }

    #[test]
    fn a_text_that_no_value_has_is_refused() {
        for text in [
            "\u{10}",
            "\u{10}e",
            "\u{10}zz",
            "\u{10}E9",
            "\u{10}+9",
            "\u{10}41",
            "\u{10}c3\u{10}a4",
            "\u{10}ä",
        ] {
            assert_eq!(header_bytes(text), None, "{text:?}");
        }
    }
}
