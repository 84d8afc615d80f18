//! Text that others wrote, for a terminal, a log or a report.
//!
//! A guest decides on its log lines, its messages, its frames and its values; a recording's file may come
//! from anybody. Shown as it is, such text could move the cursor, colour what follows, turn the direction
//! of reading round, or look like a line of Flux's own.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text in one line, with all that is not seen as it is written out: control characters, line breaks
/// and tabs, marks of direction, characters without a width. Letters of any language stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if text.bytes().all(plain) || text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if is_printable(letter) => out.push(letter),
            // Writing to a String does not fail.
            letter => drop(write!(out, "\\u{{{:x}}}", u32::from(letter))),
        }
    }
    Cow::Owned(out)
}

/// A number with what it counts: `1 difference`, `2 differences`.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    // What does not fit is many, too.
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Whether a character is seen as what it is, and does nothing else.
pub fn is_printable(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_graphic() || letter == ' ';
    }
    // Letters by their category, but blank all the same: fillers of Hangul and Braille.
    if matches!(letter, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}') {
        return false;
    }
    // The standard library's table, which escapes the categories control, format, surrogate, private use,
    // unassigned and all separators but the space. Marks that join the letter before them are theirs.
    let mut pair = String::from("a");
    pair.push(letter);
    pair.escape_debug().nth(1) == Some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(printable(text), expect);
        assert_eq!(printable(expect), expect, "it is stable");
    }

    #[test]
    fn letters_stay_and_what_is_not_seen_is_written_out() {
        check("", "");
        check("GET /orders \"tea\" \\ 'a'", "GET /orders \"tea\" \\ 'a'");
        check("Grüße 東京 שלום مرحبا e\u{301} 🎉", "Grüße 東京 שלום مرحبا e\u{301} 🎉");
        check("a\nb\r\n\tc", "a\\nb\\r\\n\\tc");
        check("\u{1b}[31mred\u{7}\u{7f}\0", "\\u{1b}[31mred\\u{7}\\u{7f}\\u{0}");
        check("\u{9b}31m\u{85}\u{90}", "\\u{9b}31m\\u{85}\\u{90}");
        check("\u{202e}gpj\u{2066}\u{2069}\u{200f}", "\\u{202e}gpj\\u{2066}\\u{2069}\\u{200f}");
        check("\u{2028}\u{2029}\u{61c}", "\\u{2028}\\u{2029}\\u{61c}");
        check("pay\u{200b}pal\u{feff}\u{ad}\u{2060}", "pay\\u{200b}pal\\u{feff}\\u{ad}\\u{2060}");
        check("\u{a0}\u{3000}\u{3164}\u{e0041}\u{fff9}", "\\u{a0}\\u{3000}\\u{3164}\\u{e0041}\\u{fff9}");
    }

    #[test]
    fn no_character_of_these_classes_stays() {
        for letter in (0..=0x10_ffff).filter_map(char::from_u32) {
            let unseen = letter.is_control()
                || matches!(u32::from(letter), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe007f);
            assert!(!unseen || !is_printable(letter), "{:x}", u32::from(letter));
        }
    }
}
