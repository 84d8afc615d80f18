//! Errors as people read them: what failed, the causes, and what to do.

use std::error::Error;
use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use flux_api::{Problem, Severity};
use flux_host::section::Mistake;
use flux_host::{Hint, count, printable};
use flux_runtime::{CheckError, ConfigError, OperationError, RuntimeError};
use flux_server::ServerError;
use flux_store::StoreError;

use crate::printer;

/// The code of a mistake in flux.toml.
const MISTAKE: &str = "FLX0201";

/// An error of the command itself, with its hint.
#[derive(Debug)]
pub struct CliError {
    message: String,
    code: Option<&'static str>,
    hint: String,
    source: Option<std::io::Error>,
}

impl CliError {
    /// A message and what to do.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, hint: hint.into(), source: None }
    }

    /// With a page that `flux explain` prints.
    pub fn coded(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(message, hint) }
    }
}

impl CliError {
    /// A file that cannot be read, and what to name in its place.
    pub fn unreadable(path: &Path, source: std::io::Error, instead: &str) -> Self {
        let hint = match source.kind() {
            ErrorKind::NotFound => {
                "correct the path, which is relative to the folder that the command runs in"
            }
            ErrorKind::PermissionDenied => "let this user read it, or run the command as its owner",
            _ => instead,
        };
        Self { source: Some(source), ..Self::new(format!("cannot read {}", path.display()), hint) }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

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
    let is_for_people = !as_json && !printer::logs_json();
    if let (Some((path, mistakes)), true) = (mistakes(error.as_ref()), is_for_people) {
        return print_mistakes(path, mistakes);
    }
    let problem = problem(error.as_ref());
    match is_for_people {
        true => print_text(problem),
        false => print_json(&problem),
    }
}

fn print_text(problem: Problem) {
    let Problem { error, causes, code, hint, .. } = problem;
    let code_text = code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
    say(&format!("error{code_text}: {}", printer::indented(&error)));
    for cause in &causes {
        say(&format!("  caused by: {}", printer::indented(cause)));
    }
    if let Some(hint) = hint {
        say(&format!("hint: {}", printer::own_lines(&hint)));
    }
    if let Some(code) = code {
        say(&format!("more: flux explain {code}"));
    }
}

/// Prints a problem to stderr as JSON, in one line: one of the log, where that is JSON.
pub fn print_json(problem: &Problem) {
    // A problem is texts, which always have a JSON form.
    let document = match printer::logs_json() {
        true => printer::log_line("error", &problem.error, Some(problem)),
        false => printer::json_text(&serde_json::to_string(problem).unwrap_or_default()),
    };
    say(&document);
}

/// An error as `--json` has it.
pub fn problem(error: &(dyn Error + 'static)) -> Problem {
    let (code, mut hint) = advice(error);
    let mut causes: Vec<String> = Vec::new();
    for cause in chain(error) {
        let text = cause.to_string();
        // Some errors of back ends say in their text what to do.
        let (text, own) = text.split_once("; hint: ").unwrap_or((&text, ""));
        hint = hint.or_else(|| Some(own.to_owned()).filter(|own| !own.is_empty()));
        // A transparent error says what its source says.
        if causes.last().is_none_or(|last| last != text) {
            causes.push(text.to_owned());
        }
    }
    let hint = hint.or_else(|| io_hint(error).map(str::to_owned));
    let first = causes.remove(0);
    let (first, code) = match (code, own_code(&first)) {
        (None, Some((text, code))) => (text.to_owned(), Some(code.to_owned())),
        (code, _) => (first, code.map(str::to_owned)),
    };
    let wrong = mistakes(error)
        .map(|(path, mistakes)| mistakes.iter().map(|it| as_api(path, it, Severity::Error)).collect());
    Problem { error: first, causes, code, hint, mistakes: wrong.unwrap_or_default() }
}

/// A text and the code at its end: what a capability says to guests has it there.
fn own_code(text: &str) -> Option<(&str, &str)> {
    let (text, code) = text.strip_suffix(']')?.rsplit_once(" [")?;
    let digits = code.strip_prefix("FLX")?;
    (digits.len() == 4 && digits.bytes().all(|it| it.is_ascii_digit())).then_some((text, code))
}

/// The mistakes in a flux.toml, if that is what the error is about.
fn mistakes<'a>(error: &'a (dyn Error + 'static)) -> Option<(&'a Path, &'a [Mistake])> {
    chain(error).find_map(|cause| {
        let config = match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(RuntimeError::Config(config)), _) => Some(config),
            (_, Some(OperationError::Runtime(RuntimeError::Config(config)))) => Some(config),
            _ => cause.downcast_ref(),
        };
        match config {
            Some(ConfigError::Wrong { path, mistakes }) => Some((path.as_path(), mistakes.as_slice())),
            _ => None,
        }
    })
}

/// How many mistakes are printed, at the most: `--json` has all.
const SHOWN: usize = 50;

/// Prints the mistakes in a flux.toml to stderr, each with its line.
pub fn print_mistakes(path: &Path, mistakes: &[Mistake]) {
    print_each(&format!("error[{MISTAKE}]"), path, mistakes);
    if mistakes.len() > 1 {
        say(&format!("{} in {}", count(mistakes.len(), "mistake"), printable(&path.display().to_string())));
    }
    say(&format!("more: flux explain {MISTAKE}"));
}

/// Prints what may be a mistake in a flux.toml to stderr, each with its line.
pub fn print_warnings(path: &Path, warnings: &[Mistake]) {
    print_each("warning", path, warnings);
}

fn print_each(kind: &str, path: &Path, found: &[Mistake]) {
    for mistake in found.iter().take(SHOWN) {
        let Mistake { line, column, message, hint, source, indent, width } = mistake;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        say(&format!(
            "{kind}: {}:{line}:{column}: {}",
            printable(&path.display().to_string()),
            printable(message)
        ));
        say(&format!(" {number} | {source}"));
        say(&format!(" {margin} | {}{}", " ".repeat(*indent), "^".repeat(*width)));
        say(&format!("hint: {}", printable(hint)));
    }
    let more = found.len().saturating_sub(SHOWN);
    if more > 0 {
        say(&format!("and {more} more: flux check --json prints all"));
    }
}

/// A mistake in a flux.toml as `--json` has it.
pub fn as_api(path: &Path, mistake: &Mistake, severity: Severity) -> flux_api::Mistake {
    flux_api::Mistake {
        code: MISTAKE.to_owned(),
        file: path.display().to_string(),
        line: mistake.line,
        column: mistake.column,
        message: mistake.message.clone(),
        hint: mistake.hint.clone(),
        severity,
        source: mistake.source.clone(),
    }
}

/// Whoever read stderr may be gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// An error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// What to do about an error of the system, where nobody knows better.
fn io_hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let io = chain(error).find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    Some(match io.kind() {
        ErrorKind::NotFound => "check the name: nothing is there",
        ErrorKind::PermissionDenied => {
            "give this user the right to it, or run flux as its owner: ls -ld shows who that is"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room on the disk: df -h shows what is free"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "name a place that can be written to: mount shows which disks are read-only"
        }
        ErrorKind::IsADirectory => "name a file: this is a folder",
        ErrorKind::NotADirectory => "name a folder: a part of this path is a file",
        ErrorKind::InvalidData => "save the file as text in UTF-8",
        ErrorKind::AlreadyExists => "name something that is not there yet: this is there already",
        _ => return None,
    })
}

/// The first error of the chain that knows what to do.
fn advice(error: &(dyn Error + 'static)) -> (Option<&'static str>, Option<String>) {
    for cause in chain(error) {
        let hinting: Option<&dyn Hint> = (cause.downcast_ref::<CliError>().map(|it| it as &dyn Hint))
            .or_else(|| cause.downcast_ref::<ServerError>().map(|it| it as _))
            .or_else(|| cause.downcast_ref::<OperationError>().map(|it| it as _))
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

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::Context as _;

    use super::*;

    #[test]
    fn an_error_of_the_system_has_a_hint_and_a_text_has_its_own() {
        let failed = |kind: ErrorKind| Err::<(), _>(io::Error::from(kind)).context("cannot write a");
        let hint = |kind| problem(failed(kind).expect_err("it failed").as_ref()).hint;
        assert_eq!(
            hint(ErrorKind::StorageFull).as_deref(),
            Some("make room on the disk: df -h shows what is free")
        );
        assert!(hint(ErrorKind::AlreadyExists).is_some_and(|hint| hint.contains("is there already")));
        assert_eq!(hint(ErrorKind::TimedOut), None);
        let own = anyhow::anyhow!("no address; hint: write one").context("cannot open [db.a]");
        let Problem { error, causes, hint, .. } = problem(own.as_ref());
        assert_eq!((error.as_str(), causes), ("cannot open [db.a]", vec!["no address".to_owned()]));
        assert_eq!(hint.as_deref(), Some("write one"));
        let Problem { error, code, .. } =
            problem(anyhow::anyhow!("queue 'a' is not there [FLX0501]").as_ref());
        assert_eq!((error.as_str(), code.as_deref()), ("queue 'a' is not there", Some("FLX0501")));
    }
}
