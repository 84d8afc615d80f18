//! Errors as people read them: what failed, the causes, and what to do.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use flux_host::Hint;
use flux_host::printable;
use flux_host::section::Mistake;
use flux_runtime::{CheckError, ConfigError, RuntimeError};
use flux_server::ServerError;
use flux_store::StoreError;
use serde_json::{Value, json};

use crate::printer;

/// An error of the command itself, with its hint.
#[derive(Debug)]
pub struct CliError {
    message: String,
    code: Option<&'static str>,
    hint: String,
}

impl CliError {
    /// A message and what to do.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, hint: hint.into() }
    }

    /// With a page under docs/errors/.
    pub fn coded(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(message, hint) }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl Hint for CliError {
    fn code(&self) -> Option<&'static str> {
        self.code
    }

    fn hint(&self) -> Option<String> {
        Some(self.hint.clone())
    }
}

/// Prints an error to stderr, as text or as JSON.
pub fn print(error: &anyhow::Error, as_json: bool) {
    let (code, hint) = advice(error);
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // A transparent error says what its source says.
        if causes.last() != Some(&text) {
            causes.push(text);
        }
    }
    let wrong = mistakes(error);
    if let (Some((path, mistakes)), false) = (wrong, as_json) {
        return print_mistakes(path, mistakes);
    }
    if as_json {
        let mut document = json!({ "error": causes[0], "causes": causes[1..], "code": code, "hint": hint });
        if let Some((path, mistakes)) = wrong {
            document["mistakes"] = mistakes.iter().map(|mistake| mistake_json(path, mistake)).collect();
        }
        say(&printer::json_text(&document.to_string()));
        return;
    }
    let code_text = code.map(|code| format!("[{code}]")).unwrap_or_default();
    say(&format!("error{code_text}: {}", printer::indented(&causes[0])));
    for cause in &causes[1..] {
        say(&format!("  caused by: {}", printer::indented(cause)));
    }
    if let Some(hint) = hint {
        say(&format!("hint: {}", printer::own_lines(&hint)));
    }
    if let Some(code) = code {
        say(&format!("more: docs/errors/{code}.md"));
    }
}

/// The mistakes in a flux.toml, if that is what the error is about.
fn mistakes(error: &anyhow::Error) -> Option<(&Path, &[Mistake])> {
    error.chain().find_map(|cause| {
        let config = match cause.downcast_ref::<RuntimeError>() {
            Some(RuntimeError::Config(config)) => Some(config),
            _ => cause.downcast_ref(),
        };
        match config {
            Some(ConfigError::Wrong { path, mistakes }) => Some((path.as_path(), mistakes.as_slice())),
            _ => None,
        }
    })
}

/// Prints every mistake in a flux.toml to stderr, each with its line.
pub fn print_mistakes(path: &Path, mistakes: &[Mistake]) {
    for mistake in mistakes {
        let Mistake { line, column, message, hint, source, indent, width } = mistake;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        say(&format!(
            "error[FLX0201]: {}:{line}:{column}: {}",
            printable(&path.display().to_string()),
            printable(message)
        ));
        say(&format!(" {number} | {source}"));
        say(&format!(" {margin} | {}{}", " ".repeat(*indent), "^".repeat(*width)));
        say(&format!("hint: {}", printable(hint)));
    }
    if mistakes.len() > 1 {
        say(&format!("{} mistakes in {}", mistakes.len(), printable(&path.display().to_string())));
    }
    say("more: docs/errors/FLX0201.md");
}

/// A mistake in a flux.toml as `--json` has it.
pub fn mistake_json(path: &Path, mistake: &Mistake) -> Value {
    json!({
        "file": path.display().to_string(),
        "line": mistake.line,
        "column": mistake.column,
        "message": mistake.message,
        "hint": mistake.hint,
        "source": mistake.source,
    })
}

/// Whoever read stderr may be gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The first error of the chain that knows what to do.
pub fn advice(error: &anyhow::Error) -> (Option<&'static str>, Option<String>) {
    for cause in error.chain() {
        let hinting: Option<&dyn Hint> = (cause.downcast_ref::<CliError>().map(|it| it as &dyn Hint))
            .or_else(|| cause.downcast_ref::<ServerError>().map(|it| it as _))
            .or_else(|| cause.downcast_ref::<RuntimeError>().map(|it| it as _))
            .or_else(|| cause.downcast_ref::<ConfigError>().map(|it| it as _))
            .or_else(|| cause.downcast_ref::<flux_host::wasm::LoadError>().map(|it| it as _));
        if let Some(hinting) = hinting
            && (hinting.hint().is_some() || hinting.code().is_some())
        {
            return (hinting.code(), hinting.hint());
        }
        if let Some(store) = cause.downcast_ref::<StoreError>() {
            return (store.code(), flux_runtime::store_hint(store));
        }
        if let Some(CheckError::Load(load)) = cause.downcast_ref::<CheckError>() {
            return (load.code(), load.hint());
        }
    }
    (None, None)
}
