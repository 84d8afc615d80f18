//! One mistake in flux.toml: where it is, what is wrong, and what to write instead.

use std::ops::Range;

use crate::text::printable;

/// The longest part of a line that is shown, in characters.
const SHOWN: usize = 120;
/// How much of a long line is shown before the mistake.
const BEFORE: usize = 40;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// The line as it stands there, printable and without passwords; a part of it where it is long.
    pub source: String,
    /// How many characters of `source` stand before the mistake.
    pub indent: usize,
    /// How many characters of `source` are wrong, at least one.
    pub width: usize,
}

impl Mistake {
    /// A mistake at some bytes of a text.
    pub fn new(text: &str, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end).max(start);
        let begin = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[begin..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let line_end = begin + line.len();
        // Of several lines, the first is marked.
        let (from, to) = (start.min(line_end) - begin, end.min(line_end).max(start.min(line_end)) - begin);
        let shown = without_passwords(line);
        let (source, indent, width) = window(&shown, from, to);
        Self {
            line: text[..begin].matches('\n').count() + 1,
            column: text[begin..start].chars().count() + 1,
            message: message.into(),
            hint: hint.into(),
            source,
            indent,
            width,
        }
    }
}

/// The part of a line around what is wrong, from byte to byte, with the places of it in characters.
fn window(line: &str, from: usize, to: usize) -> (String, usize, usize) {
    let spaced = |text: &str| printable(&text.replace('\t', " ")).into_owned();
    let (before, wrong, after) = (spaced(&line[..from]), spaced(&line[from..to]), spaced(&line[to..]));
    let letters = before.chars().count();
    let skipped = if letters + wrong.chars().count() > SHOWN { letters.saturating_sub(BEFORE) } else { 0 };
    let mut source: String = if skipped > 0 { "…" } else { "" }.to_owned();
    source.extend(before.chars().skip(skipped));
    let indent = source.chars().count();
    let wrong: String = wrong.chars().take(SHOWN).collect();
    let width = wrong.chars().count().max(1);
    source += &wrong;
    let room = SHOWN.saturating_sub(indent + width);
    source.extend(after.chars().take(room));
    (source, indent, width)
}

/// The line with stars for the passwords of URLs, byte for byte: nobody wants one on a terminal or in a log.
fn without_passwords(line: &str) -> String {
    let mut hidden = line.to_owned();
    let mut from = 0;
    while let Some(at) = hidden[from..].find("://").map(|found| from + found + 3) {
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '/');
        let end = hidden[at..].find(ends).map_or(hidden.len(), |length| at + length);
        let password = hidden[at..end].rfind('@').and_then(|host| {
            let user = hidden[at..at + host].find(':')?;
            Some(at + user + 1..at + host)
        });
        if let Some(password) = password {
            let stars = "*".repeat(password.len());
            hidden.replace_range(password, &stars);
        }
        from = end;
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wrong: &str, expect: (usize, usize, &str, usize, usize)) {
        let at = text.find(wrong).unwrap();
        let it = Mistake::new(text, at..at + wrong.len(), "", "");
        assert_eq!((it.line, it.column, it.source.as_str(), it.indent, it.width), expect);
    }

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        check("a = 1\nb = 22\n", "22", (2, 5, "b = 22", 4, 2));
        check("a = 1\r\nb = 22\r\n", "22", (2, 5, "b = 22", 4, 2));
        check("ü = 'ü'\n", "'ü'", (1, 5, "ü = 'ü'", 4, 3));
        check("\ta = [\n1,\n]", "[\n1,\n]", (1, 6, " a = [", 5, 1));
        check("a = 'b\u{1b}'", "'b\u{1b}'", (1, 5, "a = 'b\\u{1b}'", 4, 9));
        check("", "", (1, 1, "", 0, 1));
        check("a =\n", "\n", (1, 4, "a =", 3, 1));
    }

    #[test]
    fn no_password_is_shown() {
        let shown = |line: &str| Mistake::new(line, 0..1, "", "").source;
        assert_eq!(shown("a = 'redis://u:p@ss@h:1/0'"), "a = 'redis://u:****@h:1/0'");
        assert_eq!(shown("a = 'redis://:pw@h', b = 'x://u@h:1'"), "a = 'redis://:**@h', b = 'x://u@h:1'");
        assert_eq!(shown("a = 'redis://h:1'"), "a = 'redis://h:1'");
    }

    #[test]
    fn of_a_long_line_the_part_is_shown_that_is_wrong() {
        let line = format!("a = [{}'x']", "'ab', ".repeat(100));
        let at = line.find("'x'").unwrap();
        let it = Mistake::new(&line, at..at + 3, "", "");
        let marked: String = it.source.chars().skip(it.indent).take(it.width).collect();
        assert_eq!((marked.as_str(), it.column), ("'x'", at + 1));
        assert!(it.source.chars().count() <= SHOWN, "{}", it.source);
    }
}
