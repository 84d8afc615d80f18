//! Everything that the command says: tables on a terminal, tab-separated lines in a pipe, JSON.
//!
//! Much of it was written by guests, or stands in recordings that came from elsewhere. Nothing of that
//! reaches a terminal as it is: each function here writes out what is not printable, and whoever has
//! text with lines of its own hands them over one by one, in a [`Page`].

use std::fmt::{self, Write as _};
use std::io::{IsTerminal, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use flux_host::{is_printable, printable};

/// Text of several lines. What one `writeln!` is given is one line, whatever it holds.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// What `write!` and `writeln!` call. Line breaks count at the end only.
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        let text = arguments.to_string();
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        self.0.push_str(&printable(line));
        self.0.push_str(end);
        Ok(())
    }
}

impl AsRef<str> for Page {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Prints rows under names.
pub fn table(names: &[&str], rows: &[Vec<String>]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let rows = cells(rows);
    if std::io::stdout().is_terminal() {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(names);
        table.add_rows(&rows);
        return writeln!(out, "{}", table.trim_fmt());
    }
    writeln!(out, "{}", names.join("\t"))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")))
}

/// Prints more rows of a table that has its names already.
pub fn rows(rows: &[Vec<String>]) -> std::io::Result<()> {
    let between = if std::io::stdout().is_terminal() { "  " } else { "\t" };
    let mut out = std::io::stdout().lock();
    cells(rows).iter().try_for_each(|row| writeln!(out, "{}", row.join(between)))
}

fn cells(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let cell = |text: &String| printable(text).into_owned();
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// Prints a JSON document.
pub fn json(value: &serde_json::Value) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", json_text(&format!("{value:#}")))
}

/// Prints a JSON document in one line.
pub fn json_line(value: &serde_json::Value) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", json_text(&value.to_string()))
}

/// Prints a part of a JSON document that is written piece by piece.
pub fn json_piece(text: &str) -> std::io::Result<()> {
    write!(std::io::stdout().lock(), "{}", json_text(text))
}

/// The same document with nothing in it that is not printable: JSON itself asks for the first 32
/// characters only.
pub fn json_text(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for letter in document.chars() {
        if letter == '\n' || is_printable(letter) {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// Prints text whose line breaks are the command's own. Text of others belongs into a [`Page`].
pub fn text(text: &(impl AsRef<str> + ?Sized)) -> std::io::Result<()> {
    write!(std::io::stdout().lock(), "{}", own_lines(text.as_ref()))
}

/// Says something on stderr, in one line. Whoever read stderr may be gone.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
}

/// Text whose lines are set in but the first, so that none looks like a line of the command's own.
pub fn indented(text: &str) -> String {
    lines(text, "\n    | ")
}

/// Text whose lines are the command's own, to be copied: what others said in it is in one line already.
pub fn own_lines(text: &str) -> String {
    lines(text, "\n")
}

fn lines(text: &str, between: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line_whatever_it_is_given() {
        let mut page = Page::default();
        let forged = "paid\n   0 -> kv.bucket.get(\"forged\")\u{1b}[2J";
        writeln!(page, "   | {forged}").unwrap();
        write!(page, "a").unwrap();
        writeln!(page).unwrap();
        let expect = "   | paid\\n   0 -> kv.bucket.get(\"forged\")\\u{1b}[2J\na\n";
        assert_eq!(page.as_ref(), expect);
        assert_eq!(lines(page.as_ref(), "\n"), expect, "printed, it is the same");
    }

    #[test]
    fn json_is_the_same_document() {
        let value = serde_json::json!({ "a\u{9b}": "\u{202e}x\u{e0041}\n\u{7f}é" });
        for document in [value.to_string(), format!("{value:#}")] {
            let text = json_text(&document);
            assert!(text.chars().all(|letter| letter == '\n' || is_printable(letter)), "{text}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn other_lines_have_a_margin() {
        assert_eq!(indented("one\nhint: forged\r"), "one\n    | hint: forged\\r");
    }
}
