//! Errors, and the pages that explain them.

use serde::{Deserialize, Serialize};

/// An error, as `--json` prints it on stderr.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What failed.
    pub error: String,
    /// Why, from the nearest cause to the furthest.
    pub causes: Vec<String>,
    /// The stable code, such as `FLX0304`; `flux explain` prints its page.
    pub code: Option<String>,
    /// What to do: the line to add or the command to run.
    pub hint: Option<String>,
    /// What is wrong in flux.toml, where that is what failed; else it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Mistake>,
}

/// Whether a run is possible with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It is not.
    Error,
    /// It is, and may do something else than was meant.
    Warning,
}

/// A mistake in flux.toml: `flux check --json` prints all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mistake {
    /// The stable code, `FLX0201`.
    pub code: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// Whether a run is possible with it.
    pub severity: Severity,
    /// The line as it stands.
    pub source: String,
}

/// The page of an error code: `flux explain --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorPage {
    /// The code.
    pub code: String,
    /// What it means, in a few words.
    pub title: String,
    /// The page, in Markdown.
    pub page: String,
}
