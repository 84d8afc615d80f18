//! One mistake in flux.toml: where it is, what is wrong, and what to write instead.

use std::ops::Range;

use super::lines::Lines;
use crate::text::printable;

/// The longest part of a line that is shown, in characters.
const SHOWN: usize = 120;
/// How much of a long line is shown before the mistake.
const BEFORE: usize = 40;
/// How much of a very long line is looked at on each side of the mistake, in bytes. It is more than is shown.
const AROUND: usize = 1024;

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
    pub fn new(
        lines: &Lines<'_>,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let text = lines.text();
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end).max(start);
        let (begin, line) = lines.line(start);
        let line_end = begin + line.len();
        // Of several lines, the first is marked.
        let (from, to) = (start.min(line_end) - begin, end.min(line_end).max(start.min(line_end)) - begin);
        let (part, from, to) = part(line, from, to);
        let (source, indent, width) = window(&without_passwords(part), from, to);
        Self {
            line: lines.number(start),
            column: text[begin..start].chars().count() + 1,
            message: message.into(),
            hint: hint.into(),
            source,
            indent,
            width,
        }
    }
}

/// The part of a line that is looked at, and the mistake in it. A part begins and ends between words: of half a URL
/// nobody could tell what is its password.
fn part(line: &str, from: usize, to: usize) -> (&str, usize, usize) {
    let is_between = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
    let (before, after) = (from.saturating_sub(AROUND), line.ceil_char_boundary(to.saturating_add(AROUND)));
    let begin = line[..line.floor_char_boundary(before)].rfind(is_between).unwrap_or(0);
    let end = line[after..].find(is_between).map_or(line.len(), |length| after + length);
    (&line[begin..end], from - begin, to - begin)
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
        let it = Mistake::new(&Lines::of(text), at..at + wrong.len(), "", "");
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
        let shown = |line: &str| Mistake::new(&Lines::of(line), 0..1, "", "").source;
        assert_eq!(shown("a = 'redis://u:p@ss@h:1/0'"), "a = 'redis://u:****@h:1/0'");
        assert_eq!(shown("a = 'redis://:pw@h', b = 'x://u@h:1'"), "a = 'redis://:**@h', b = 'x://u@h:1'");
        assert_eq!(shown("a = 'redis://h:1'"), "a = 'redis://h:1'");
    }

    #[test]
    fn of_a_long_line_the_part_is_shown_that_is_wrong() {
        let line = format!("a = [{}'x']", "'ab', ".repeat(100));
        let at = line.find("'x'").unwrap();
        let it = Mistake::new(&Lines::of(&line), at..at + 3, "", "");
        let marked: String = it.source.chars().skip(it.indent).take(it.width).collect();
        assert_eq!((marked.as_str(), it.column), ("'x'", at + 1));
        assert!(it.source.chars().count() <= SHOWN, "{}", it.source);
    }

    #[test]
    fn a_part_of_a_line_begins_and_ends_between_words() {
        let url = format!("'redis://u:{}@h'", "p".repeat(2 * AROUND));
        for line in [format!("a = [{url}, 'x', {url}]"), format!("a = [{url},'x',{url}]")] {
            let at = line.find("'x'").unwrap();
            let source = Mistake::new(&Lines::of(&line), at..at + 3, "", "").source;
            assert!(source.contains("'x'") && !source.contains('p'), "{source}");
        }
    }
}
