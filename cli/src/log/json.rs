//! Lines for programs: a JSON object each.

use std::fmt;

use flux_host::{Environment, System};
use flux_runtime::log::{CALL, EXECUTION, GUEST};
use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::fields::Fields;
use crate::printer;

/// Writes an event as one JSON object.
#[derive(Debug, Default)]
pub struct JsonLines {
    clock: System,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let object = object(self.clock.now_ns(), meta.level().as_str(), meta.target(), Fields::of(event));
        writeln!(out, "{}", printer::json_text(&Value::Object(object).to_string()))
    }
}

fn object(now_ns: u64, level: &str, target: &str, fields: Fields) -> Map<String, Value> {
    let kind = match target {
        EXECUTION => "execution",
        GUEST => "guest",
        CALL => "call",
        _ => "host",
    };
    let mut object = Map::new();
    object.insert("time".to_owned(), flux_runtime::at(now_ns).into());
    object.insert("level".to_owned(), level.to_lowercase().into());
    object.insert("kind".to_owned(), kind.into());
    for (name, value) in fields.values {
        let (name, value) = member(&name, value);
        object.insert(name, value);
    }
    if !fields.message.is_empty() {
        object.insert("message".to_owned(), fields.message.into());
    }
    object
}

/// Texts that stand for something else become it.
fn member(name: &str, value: Value) -> (String, Value) {
    match (name, value.as_str()) {
        ("elapsed_us", _) => ("elapsedUs".to_owned(), value),
        ("fields", Some(text)) => (name.to_owned(), serde_json::from_str(text).unwrap_or(value)),
        ("frames", Some(text)) => (name.to_owned(), text.lines().collect()),
        ("status", Some(text)) => (name.to_owned(), text.parse::<u16>().map_or(value, Value::from)),
        _ => (name.to_owned(), value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_that_stand_for_something_else_become_it() {
        let values = json!({
            "method": "GET", "status": "200", "elapsed_us": 1234, "frames": "a at b\nc", "fields": "{\"n\":\"1\"}",
        });
        let Value::Object(values) = values else { panic!("an object") };
        let fields = Fields { message: "m".to_owned(), values };
        let line = Value::Object(object(0, "INFO", EXECUTION, fields));
        let expect = json!({
            "time": "1970-01-01T00:00:00.000Z", "level": "info", "kind": "execution", "method": "GET", "status": 200,
            "elapsedUs": 1234, "frames": ["a at b", "c"], "fields": { "n": "1" }, "message": "m",
        });
        assert_eq!(line, expect);
        assert_eq!(member("status", json!("retry")).1, json!("retry"));
    }
}
