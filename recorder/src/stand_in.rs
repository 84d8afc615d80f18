//! The text that stands for a redacted value: inside longer texts, and for the guest of a replay.
//!
//! It is `redacted:<32 hex digits>`. A value that looks like an e-mail address gets
//! `redacted-<32 hex digits>@redacted.invalid`, which does too: handlers check addresses before
//! anything else, and a replay would go no further. A stand-in is never redacted again, so what a
//! replayed guest passes on is spelt as it was recorded.

use crate::value::{Token, redacted_text};

const WORD: &[u8] = b"redacted";
const HEX: usize = 32;
const HOSTS: [&[u8]; 2] = [b"@redacted.invalid", b"%40redacted.invalid"];

/// The text for a value and its token.
pub fn stand_in(value: &str, token: &Token) -> String {
    let text = redacted_text(token);
    match is_address(value) {
        true => format!("{}@redacted.invalid", text.replacen(':', "-", 1)),
        false => text,
    }
}

/// The token of a text that is a stand-in and nothing else.
pub fn token_of(text: &str) -> Option<Token> {
    let (token, length) = at(text.as_bytes())?;
    (length == text.len()).then_some(token)
}

/// The stand-in that `bytes` begin with, and its length. Percent-encoded ones are known too.
pub fn at(bytes: &[u8]) -> Option<(Token, usize)> {
    let rest = bytes.strip_prefix(WORD)?;
    let (between, address): (&[u8], bool) = match rest {
        [b':', ..] => (b":", false),
        [b'%', b'3', b'A', ..] => (b"%3A", false),
        [b'-', ..] => (b"-", true),
        _ => return None,
    };
    let hex = rest.get(between.len()..between.len() + HEX)?;
    let mut token = Token::default();
    for (byte, pair) in token.iter_mut().zip(hex.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    let length = WORD.len() + between.len() + HEX;
    if !address {
        return Some((token, length));
    }
    let host = HOSTS.iter().find(|host| bytes[length..].starts_with(host))?;
    Some((token, length + host.len()))
}

/// Lower case only: as it is written.
fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

fn is_address(value: &str) -> bool {
    let Some((name, host)) = value.split_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty() && !text.contains(|it: char| it.is_control() || " \t@<>\"(),:;\\/".contains(it))
    };
    value.len() <= 254 && plain(name) && plain(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{KeepAll, Redact};

    fn of(value: &str) -> String {
        stand_in(value, &KeepAll.token(value.as_bytes()))
    }

    #[test]
    fn an_address_gets_one_and_both_kinds_are_known_again() {
        for (value, address) in
            [("ann@example.org", true), ("a@b@c", false), ("Ann <a@b.c>", false), ("x", false)]
        {
            let text = of(value);
            assert_eq!(text.ends_with("@redacted.invalid"), address, "{value}");
            assert_eq!(token_of(&text), Some(KeepAll.token(value.as_bytes())));
        }
    }

    #[test]
    fn what_merely_looks_alike_is_none() {
        let hex = "a0".repeat(16);
        for text in
            [format!("redacted:{hex}0"), format!("redacted-{hex}"), format!("redacted:{}", "A0".repeat(16))]
        {
            assert_eq!(token_of(&text), None, "{text}");
        }
        assert!(token_of(&format!("redacted%3A{hex}")).is_some());
    }
}
