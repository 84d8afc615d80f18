//! Everything that the command says: tables on a terminal, tab-separated lines in a pipe, JSON.
//!
//! Much of it was written by guests, or stands in recordings that came from elsewhere. Nothing of that
//! reaches a terminal as it is: each function here writes out what is not printable, and whoever has
//! text with lines of its own hands them over one by one, in a [`Page`].

use std::fmt::{self, Write as _};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use flux_api::Problem;
use flux_host::{Environment as _, System, is_printable, printable};
use serde::Serialize;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::table::{self, Column};
use crate::wrap::wrapped;

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

/// Nobody reads any more what is printed, as after `| head`. The command ends, and says nothing of it.
#[derive(Debug)]
pub struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for ReaderGone {}

impl ReaderGone {
    /// Whether an error is that of a reader that went away. A broken pipe to a server is not.
    pub fn is_cause_of(error: &anyhow::Error) -> bool {
        let io = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
        io.filter_map(std::io::Error::get_ref).any(|inner| inner.is::<Self>())
    }
}

/// The only way to stdout.
fn write(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => std::io::Error::other(ReaderGone),
        _ => error,
    })
}

/// Waits until nobody reads stdout any more, which else only a write would show. Never, where it is a file.
pub async fn reader_gone() -> std::io::Error {
    // SAFETY: nothing in this process closes stdout.
    let stdout = unsafe { AsyncFd::register_with_interest(std::io::stdout(), Interest::ERROR) };
    let Ok(stdout) = stdout else {
        return std::future::pending().await;
    };
    match stdout.ready(Interest::ERROR).await {
        Ok(_) => std::io::Error::other(ReaderGone),
        Err(error) => error,
    }
}

/// How many columns stdout has; none: it is no terminal, or one that does not say, and nothing is cut.
pub fn columns() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Prints rows under names, as wide as the terminal at the most.
pub fn table(columns: &[Column], rows: &[Vec<String>]) -> std::io::Result<()> {
    let rows = cells(rows);
    match std::io::stdout().is_terminal() {
        true => write(&table::fitted(columns, &rows, self::columns().unwrap_or(usize::MAX))),
        false => {
            let names: Vec<_> = columns.iter().map(|column| column.name).collect();
            write(&format!("{}\n{}", names.join("\t"), separated(&rows)))
        }
    }
}

/// Prints more rows of a table that has its names already.
pub fn rows(columns: &[Column], rows: &[Vec<String>]) -> std::io::Result<()> {
    let rows = cells(rows);
    match std::io::stdout().is_terminal() {
        true => write(&table::fitted_rows(columns, &rows, self::columns().unwrap_or(usize::MAX))),
        false => write(&separated(&rows)),
    }
}

fn separated(rows: &[Vec<String>]) -> String {
    rows.iter().map(|row| row.join("\t") + "\n").collect()
}

fn cells(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let cell = |text: &String| printable(text).into_owned();
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// How a list is printed in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListForm {
    /// One document
    Array,
    /// A document in a line for each item
    Lines,
}

/// Prints a JSON document.
pub fn json(value: &impl Serialize) -> std::io::Result<()> {
    write(&format!("{}\n", json_text(&serde_json::to_string_pretty(value)?)))
}

/// Prints a JSON document in one line.
pub fn json_line(value: &impl Serialize) -> std::io::Result<()> {
    write(&format!("{}\n", json_text(&serde_json::to_string(value)?)))
}

/// Prints a list in JSON: an array, or a line for each item.
pub fn json_list(form: ListForm, items: &[impl Serialize]) -> std::io::Result<()> {
    match form {
        ListForm::Array => json(&items),
        ListForm::Lines => items.iter().try_for_each(json_line),
    }
}

/// Prints a part of a JSON document that is written piece by piece.
pub fn json_piece(text: &str) -> std::io::Result<()> {
    write(&json_text(text))
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
    write(&own_lines(text.as_ref()))
}

/// The same, with lines that are no wider than the terminal. What goes on in a further line is set in by `hanging`.
pub fn prose(text: &(impl AsRef<str> + ?Sized), hanging: usize) -> std::io::Result<()> {
    let text = own_lines(text.as_ref());
    write(&columns().map_or_else(|| text.clone(), |columns| wrapped(&text, columns, hanging)))
}

/// Prints a program of the command's own, as it is.
pub fn script(text: &str) -> std::io::Result<()> {
    write(text)
}

/// Whether all that is said on stderr is a JSON object a line, as `--log json` asks.
static LOGS_JSON: AtomicBool = AtomicBool::new(false);

/// From now on, what is said on stderr is a JSON object a line.
pub fn log_json() {
    LOGS_JSON.store(true, Ordering::Relaxed);
}

/// Whether what is said on stderr is a JSON object a line.
pub fn logs_json() -> bool {
    LOGS_JSON.load(Ordering::Relaxed)
}

/// Says something on stderr, in one line. Whoever read stderr may be gone.
pub fn note(text: &str) {
    let line = if logs_json() { log_line("note", text, None) } else { printable(text).into_owned() };
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// What the command itself says, as a line of the log.
pub fn log_line(kind: &str, message: &str, problem: Option<&Problem>) -> String {
    let time = flux_runtime::at(System::new().now_ns());
    let level = if problem.is_some() { "error" } else { "info" };
    // These are texts, which always have a JSON form.
    json_text(&serde_json::to_string(&LogLine { time, level, kind, message, problem }).unwrap_or_default())
}

#[derive(Serialize)]
struct LogLine<'a> {
    time: String,
    level: &'a str,
    kind: &'a str,
    message: &'a str,
    #[serde(flatten)]
    problem: Option<&'a Problem>,
}

/// Text whose lines are set in but the first, so that none looks like a line of the command's own.
pub fn indented(text: &str) -> String {
    lines(text, "\n    | ")
}

/// Text whose lines are the command's own, to be copied: what others said in it is in one line already.
pub fn own_lines(text: &str) -> String {
    lines(text, "\n")
}

/// A text that is longer is cut in its middle: its beginning and its end tell most.
pub fn cut(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width * 2 / 3).collect();
    let tail: String = text.chars().skip(count - width / 4).collect();
    format!("{head} … {} more … {tail}", count - width * 2 / 3 - width / 4)
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
