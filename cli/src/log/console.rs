//! Lines for people: when, which execution, what.

use std::fmt::{self, Write as _};

use flux_host::{Environment, System, count, printable};
use flux_runtime::log::{CALL, EXECUTION, GUEST};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::fields::Fields;
use crate::printer::indented;
use crate::time;

/// Of a failure's frames, the innermost are shown; `flux trace` has all.
const FRAMES: usize = 5;

/// Writes an event as a line, and what belongs to it as lines that are set in.
#[derive(Debug)]
pub struct Console {
    clock: System,
    colours: bool,
}

/// A colour of the terminal.
#[derive(Debug, Clone, Copy)]
enum Paint {
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Console {
    /// With colours, or without.
    pub fn new(colours: bool) -> Self {
        Self { clock: System::new(), colours }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colours { format!("\x1b[{}m{text}\x1b[0m", paint as u8) } else { text.to_owned() }
    }

    /// The lines of an event. Nothing in it reaches the terminal unless it is printable.
    fn lines(&self, now_ns: u64, level: Level, target: &str, fields: Fields) -> String {
        // A day is long enough for whoever looks on.
        let at = flux_runtime::at(now_ns)[11..23].to_owned();
        let line = match target {
            EXECUTION => self.execution(level, &fields),
            GUEST => self.guest(level, &fields),
            CALL => self.call(&fields),
            _ => self.host(level, fields),
        };
        format!("{} {line}\n", self.paint(Paint::Dim, &at))
    }

    fn execution(&self, level: Level, fields: &Fields) -> String {
        let subject = match (fields.text("method"), fields.text("path")) {
            ("", _) => format!("{} {}", fields.text("trigger"), fields.text("name")),
            (method, path) => format!("{method} {path}"),
        };
        let mut line = format!("{} {}", self.id(fields), printable(&subject));
        let status = fields.text("status");
        if !status.is_empty() {
            let _ = write!(line, "  {}", self.paint(paint_of(status, level), status));
        }
        if let Some(elapsed_us) = fields.number("elapsed_us") {
            let _ = write!(line, "  {}", time::span(elapsed_us.saturating_mul(1000)));
        }
        if let Some(attempt) = fields.number("attempt").filter(|attempt| *attempt > 1) {
            let _ = write!(line, "  attempt {attempt}");
        }
        self.failure(&mut line, fields);
        line
    }

    /// Why it failed, where, and how to see the rest.
    fn failure(&self, line: &mut String, fields: &Fields) {
        let kind = fields.text("failure");
        if kind.is_empty() {
            if !fields.message.is_empty() {
                let _ = write!(line, "  {}", indented(&fields.message));
            }
            return;
        }
        let _ = write!(line, "  {kind}\n    {}", self.paint(Paint::Red, &indented(&fields.message)));
        let frames: Vec<_> = fields.text("frames").lines().collect();
        for frame in frames.iter().take(FRAMES) {
            let _ = write!(line, "\n      at {}", printable(frame));
        }
        let more = frames.len().saturating_sub(FRAMES);
        let more = if more > 0 {
            format!("  ({}, and every call)", count(more, "more frame"))
        } else {
            String::new()
        };
        let _ = write!(line, "\n    flux trace {}{more}", fields.text("id"));
    }

    fn guest(&self, level: Level, fields: &Fields) -> String {
        let from = match fields.text("stream") {
            "log" => level.as_str().to_lowercase(),
            stream => stream.to_owned(),
        };
        let from = self.paint(paint_of_level(level), &from);
        // What a guest writes to its stdout often ends with a line break.
        let message = indented(fields.message.trim_end_matches('\n'));
        let mut line = format!("{} | {from}: {message}", self.id(fields));
        let more = serde_json::from_str(fields.text("fields")).unwrap_or_default();
        write_fields(&mut line, &more);
        line
    }

    fn call(&self, fields: &Fields) -> String {
        let (call, error) = (fields.text("call"), fields.text("error"));
        let refused = self.paint(Paint::Yellow, &format!("{}: {}", printable(call), indented(error)));
        let mut line = format!("{} ! {refused}", self.id(fields));
        write_hint(&mut line, fields.text("hint"));
        line
    }

    fn host(&self, level: Level, mut fields: Fields) -> String {
        let hint = fields.take("hint");
        let level = self.paint(paint_of_level(level), &level.as_str().to_lowercase());
        let mut line = format!("{level}: {}", indented(&fields.message));
        write_fields(&mut line, &fields.values);
        write_hint(&mut line, hint.as_ref().and_then(|hint| hint.as_str()).unwrap_or_default());
        line
    }

    /// The end of an id, which every command takes for the whole; as wide, where there is no execution.
    fn id(&self, fields: &Fields) -> String {
        let id = fields.text("id").replace('-', "");
        let id = id.get(20..).unwrap_or("-");
        self.paint(Paint::Dim, &format!("{id:12}"))
    }
}

fn write_fields(line: &mut String, fields: &serde_json::Map<String, serde_json::Value>) {
    for (name, value) in fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(line, " {}={}", printable(name), printable(&value));
    }
}

fn write_hint(line: &mut String, hint: &str) {
    if !hint.is_empty() {
        let _ = write!(line, "\n    hint: {}", indented(hint));
    }
}

fn paint_of(status: &str, level: Level) -> Paint {
    match status.as_bytes().first() {
        _ if level == Level::ERROR => Paint::Red,
        Some(b'5') => Paint::Red,
        Some(b'4') => Paint::Yellow,
        _ if matches!(status, "retry" | "discard") => Paint::Yellow,
        _ => Paint::Green,
    }
}

fn paint_of_level(level: Level) -> Paint {
    match level {
        Level::ERROR => Paint::Red,
        Level::WARN => Paint::Yellow,
        Level::INFO => Paint::Green,
        Level::DEBUG | Level::TRACE => Paint::Dim,
    }
}

impl<S, N> FormatEvent<S, N> for Console
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        out.write_str(&self.lines(self.clock.now_ns(), *meta.level(), meta.target(), Fields::of(event)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "01939f4e-0000-7000-8000-a1b2c3d4e5f6";

    #[track_caller]
    fn check(level: Level, target: &str, message: &str, values: Value, expect: &str) {
        let Value::Object(values) = values else { panic!("an object") };
        let fields = Fields { message: message.to_owned(), values };
        assert_eq!(Console::new(false).lines(0, level, target, fields), expect);
    }

    #[test]
    fn a_request_is_a_line() {
        let values =
            json!({ "method": "GET", "path": "/a\u{1b}", "status": "200", "elapsed_us": 1230, "id": ID });
        let expect = "00:00:00.000 a1b2c3d4e5f6 GET /a\\u{1b}  200  1.23 ms\n";
        check(Level::INFO, EXECUTION, "", values, expect);
        let values = json!({ "method": "GET", "path": "/x", "status": "404" });
        let expect = "00:00:00.000 -            GET /x  404  no route of flux.toml fits\n";
        check(Level::INFO, EXECUTION, "no route of flux.toml fits", values, expect);
    }

    #[test]
    fn a_job_says_its_attempt_and_a_failure_where_it_was() {
        let values = json!({
            "trigger": "job", "name": "mail", "attempt": 2, "status": "500", "elapsed_us": 9, "id": ID, "failure": "trap",
            "frames": "1\n2\n3\n4\n5\n6",
        });
        let expect = "00:00:00.000 a1b2c3d4e5f6 job mail  500  9.00 us  attempt 2  trap\n    no\n    | hint: price\n      \
             at 1\n      at 2\n      at 3\n      at 4\n      at 5\n    \
             flux trace 01939f4e-0000-7000-8000-a1b2c3d4e5f6  (1 more frame, and every call)\n";
        check(Level::ERROR, EXECUTION, "no\nhint: price", values, expect);
    }

    #[test]
    fn what_a_guest_says_is_no_line_of_ours() {
        let values = json!({ "stream": "stdout", "id": ID });
        let expect = "00:00:00.000 a1b2c3d4e5f6 | stdout: a\n    | hint: b\n";
        check(Level::INFO, GUEST, "a\nhint: b\n", values, expect);
        let values = json!({ "stream": "log", "id": ID, "fields": "{\"code\":\"abc\"}" });
        let expect = "00:00:00.000 a1b2c3d4e5f6 | warn: stored code=abc\n";
        check(Level::WARN, GUEST, "stored", values, expect);
    }

    #[test]
    fn a_refusal_has_its_hint() {
        let values = json!({ "call": "db.open", "error": "no 'a'", "hint": "add\n[db.a]\nsqlite = \"a.db\"", "id": ID });
        let expect = "00:00:00.000 a1b2c3d4e5f6 ! db.open: no 'a'\n    hint: add\n    | [db.a]\n    \
                      | sqlite = \"a.db\"\n";
        check(Level::WARN, CALL, "", values, expect);
        let expect = "00:00:00.000 warn: it failed queue=mail\n    hint: flux queue list\n";
        let values = json!({ "queue": "mail", "hint": "flux queue list" });
        check(Level::WARN, "flux_server", "it failed", values, expect);
    }
}
