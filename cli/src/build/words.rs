//! What a language's tools say, as it may reach a terminal or a log.
//!
//! A tool repeats what stands in a project and in its dependencies. Colours stay; whatever else a terminal would obey
//! is written out, as in the lines of a guest.

use flux_host::printable;

/// Ends all colours.
const RESET: &str = "\x1b[0m";

/// The words in lines of their own, with their colours.
pub fn for_terminal(words: &str) -> String {
    let (mut text, is_coloured) = cleaned(words, true);
    if is_coloured {
        let end = text.trim_end().len();
        text.insert_str(end, RESET);
    }
    text
}

/// The words in lines of their own, without colours.
pub fn plain(words: &str) -> String {
    cleaned(words, false).0
}

/// Also whether a colour is on at its end.
fn cleaned(words: &str, keeps_colours: bool) -> (String, bool) {
    let (mut out, mut is_coloured) = (String::with_capacity(words.len()), false);
    // A line that goes back to its beginning would be written over.
    for part in words.replace("\r\n", "\n").split_inclusive(['\n', '\r']) {
        let line = part.trim_end_matches(['\n', '\r']);
        let mut rest = line;
        while let Some((before, colour, after)) = colour(rest) {
            out.push_str(&tabbed(before));
            if keeps_colours {
                out.push_str(colour);
            }
            is_coloured = keeps_colours && !matches!(colour, RESET | "\x1b[m");
            rest = after;
        }
        out.push_str(&tabbed(rest));
        if part.len() > line.len() {
            out.push('\n');
        }
    }
    (out, is_coloured)
}

/// Compilers set lines in by tabs.
fn tabbed(text: &str) -> String {
    text.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

/// The first colour of a line (`ESC [ 1 ; 31 m`), with what stands before it and behind it.
fn colour(line: &str) -> Option<(&str, &str, &str)> {
    line.match_indices("\x1b[").find_map(|(at, _)| {
        let codes = &line[at + 2..];
        let length = codes.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, ';' | ':'))?;
        (codes[length..].starts_with('m') && !conceals(&codes[..length])).then(|| {
            let end = at + 2 + length + 1;
            (&line[..at], &line[at..end], &line[end..])
        })
    })
}

/// Whether a text could be hidden by it: SGR 8. The numbers of a colour by its index or its parts (38;5;8) are none.
fn conceals(codes: &str) -> bool {
    let mut codes = codes.split(';');
    while let Some(code) = codes.next() {
        match (code, code.trim_start_matches('0')) {
            ("38" | "48" | "58", _) => {
                let parts = if codes.next() == Some("5") { 1 } else { 3 };
                codes.by_ref().take(parts).for_each(drop);
            }
            (_, "8") => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_nothing_else_that_a_terminal_obeys() {
        let words = "\x1b[1;31merror\x1b[0m: \x1b]0;title\x07no\x1b[2J\r\n\tat \x1b[38:5:9mx\x1b[0m\n";
        let expect = "\x1b[1;31merror\x1b[0m: \\u{1b}]0;title\\u{7}no\\u{1b}[2J\n\tat \x1b[38:5:9mx\x1b[0m\n";
        assert_eq!(for_terminal(words), expect);
        assert_eq!(plain(words), "error: \\u{1b}]0;title\\u{7}no\\u{1b}[2J\n\tat x\n");
        assert_eq!(for_terminal("\x1b[31mred\n"), "\x1b[31mred\x1b[0m\n");
    }

    #[test]
    fn no_text_is_hidden() {
        assert_eq!(for_terminal("\x1b[8mx"), "\\u{1b}[8mx");
        assert_eq!(for_terminal("\x1b[1;08mx"), "\\u{1b}[1;08mx");
        let colours = "\x1b[38;5;8mx\x1b[48;2;8;8;8my\x1b[0m";
        assert_eq!(for_terminal(colours), colours);
    }

    #[test]
    fn a_line_is_not_written_over() {
        assert_eq!(for_terminal("error: a\rok\n"), "error: a\nok\n");
        assert_eq!(for_terminal("a\u{202e}b\u{8}c"), "a\\u{202e}b\\u{8}c");
        assert_eq!(for_terminal("\x1b[31"), "\\u{1b}[31");
        assert_eq!(for_terminal(""), "");
    }
}
