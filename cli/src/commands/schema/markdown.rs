//! The reference page of flux.toml, made from its JSON Schema.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "# flux.toml

<!-- Made by: flux schema --markdown > docs/flux-toml.md -->

Every table and key of `flux.toml`. `flux check` checks a file, and names every mistake at once. Editors can complete and check
it with the JSON Schema that `flux schema` prints.

Paths are relative to `flux.toml`, but those of SQLite files: these are in the data folder. `<name>` stands for a name of your own.
A key without a default may be left out, unless it is required.
";

/// The page.
pub fn page(schema: &Value) -> String {
    let mut page = Page { schema, text: HEAD.to_owned() };
    for (name, part) in properties(schema) {
        page.table(name, part);
    }
    page.text
}

struct Page<'a> {
    schema: &'a Value,
    text: String,
}

/// What stands at a key of a table.
enum Kind<'a> {
    /// A table with keys of its own.
    Table(&'a Value),
    /// `[[key]]`: several tables.
    Tables(&'a Value),
    /// `[key.<name>]`: tables by name.
    Named(&'a Value),
    Plain,
}

impl<'a> Page<'a> {
    /// A table at a path such as `record.redact`, and those below it.
    fn table(&mut self, path: &str, part: &'a Value) {
        let words = text(&part["description"]);
        let (heading, table) = match self.kind(part) {
            Kind::Table(table) => (format!("[{path}]"), table),
            Kind::Tables(table) => (format!("[[{path}]]"), table),
            Kind::Named(table) => (format!("[{path}.<name>]"), table),
            Kind::Plain => return self.texts(path, words),
        };
        let own = text(&table["description"]);
        let words = if own.is_empty() || own == words { words.to_owned() } else { format!("{words} {own}") };
        self.heading(&heading, words.trim());
        self.keys(&heading, table);
        let base = heading.trim_matches(['[', ']']).to_owned();
        for (key, part) in properties(table) {
            if !matches!(self.kind(part), Kind::Plain) {
                self.table(&format!("{base}.{key}"), part);
            }
        }
    }

    /// A table of nothing but texts by names of the user's own.
    fn texts(&mut self, path: &str, words: &str) {
        self.heading(&format!("[{path}]"), words);
        let _ = write!(self.text, "\n```toml\n[{path}]\nkey = \"text\"\n```\n");
    }

    fn heading(&mut self, heading: &str, words: &str) {
        let _ = write!(self.text, "\n## `{heading}`\n\n{words}\n");
    }

    fn keys(&mut self, heading: &str, table: &'a Value) {
        let required = table["required"].as_array();
        let is_required = |key: &str| required.is_some_and(|keys| keys.iter().any(|it| it == key));
        let mut rows = String::new();
        let mut example = format!("{heading}\n");
        for (key, part) in properties(table) {
            if !matches!(self.kind(part), Kind::Plain) {
                continue;
            }
            let default = match &part["default"] {
                _ if is_required(key) => "required".to_owned(),
                Value::Null => String::new(),
                default => format!("`{}`", toml(default)),
            };
            let (kind, words) = (self.type_of(key, part), self.words(part));
            let _ = writeln!(rows, "| `{key}` | {kind} | {default} | {words} |");
            let _ = writeln!(example, "{key} = {}", toml(&self.example(part)));
        }
        if !rows.is_empty() {
            let _ = write!(
                self.text,
                "\n| key | type | default | |\n|---|---|---|---|\n{rows}\n```toml\n{example}```\n"
            );
        }
    }

    /// The part that a `$ref` names, the one choice besides null, or the part itself.
    fn resolve(&self, part: &'a Value) -> &'a Value {
        if let Some(reference) = part["$ref"].as_str() {
            return self.schema.pointer(reference.trim_start_matches('#')).unwrap_or(part);
        }
        let choices = part["anyOf"].as_array().into_iter().flatten();
        let mut choices = choices.filter(|choice| choice["type"] != "null");
        match (choices.next(), choices.next()) {
            (Some(only), None) => self.resolve(only),
            _ => part,
        }
    }

    fn kind(&self, part: &'a Value) -> Kind<'a> {
        let resolved = self.resolve(part);
        let is_table = |part: &Value| part["properties"].is_object();
        let (items, named) =
            (self.resolve(&resolved["items"]), self.resolve(&resolved["additionalProperties"]));
        if is_table(resolved) {
            Kind::Table(resolved)
        } else if is_table(items) {
            Kind::Tables(items)
        } else if is_table(named) {
            Kind::Named(named)
        } else {
            Kind::Plain
        }
    }

    fn type_of(&self, key: &str, part: &'a Value) -> String {
        let resolved = self.resolve(part);
        let words = words_of(&resolved["oneOf"]);
        if !words.is_empty() {
            return words.iter().map(|(word, _)| format!("`\"{word}\"`")).collect::<Vec<_>>().join(" or ");
        }
        match json_type(resolved) {
            "string" => "text".to_owned(),
            "boolean" => "true or false".to_owned(),
            "array" => "list of texts".to_owned(),
            "object" => "table of texts".to_owned(),
            "integer" if key.ends_with("-ms") => "number of milliseconds".to_owned(),
            "integer" if text(&part["description"]).to_lowercase().contains("bytes") => {
                "number of bytes".to_owned()
            }
            "integer" => "number".to_owned(),
            // The one type with a choice: an address, which may stand elsewhere.
            _ => "text, `{ env = \"VARIABLE\" }` or `{ file = \"path\" }`".to_owned(),
        }
    }

    /// What a key means, and each of the words that may stand there.
    fn words(&self, part: &'a Value) -> String {
        let mut words = text(&part["description"]).to_owned();
        for (word, meaning) in words_of(&self.resolve(part)["oneOf"]) {
            let _ = write!(words, " `{word}`: {meaning}");
        }
        words.replace('\n', " ").replace('|', "\\|")
    }

    /// A value to copy: the example that the type has, or the default.
    fn example(&self, part: &'a Value) -> Value {
        let first = words_of(&self.resolve(part)["oneOf"]).first().map(|(word, _)| Value::from(*word));
        let given = part["examples"].get(0).cloned();
        given
            .or_else(|| Some(part["default"].clone()).filter(|it| !it.is_null()))
            .or(first)
            .unwrap_or("…".into())
    }
}

fn properties(table: &Value) -> impl Iterator<Item = (&str, &Value)> {
    table["properties"].as_object().into_iter().flatten().map(|(key, part)| (key.as_str(), part))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The type of a part, `null` left out.
fn json_type(part: &Value) -> &str {
    match &part["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).find(|it| *it != "null").unwrap_or_default()
        }
        other => text(other),
    }
}

/// The words of a choice, each with its meaning.
fn words_of(choices: &Value) -> Vec<(&str, &str)> {
    let choices = choices.as_array().into_iter().flatten();
    choices.filter_map(|choice| Some((choice["const"].as_str()?, text(&choice["description"])))).collect()
}

/// A value as TOML has it.
fn toml(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('"') => format!("'{text}'"),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
