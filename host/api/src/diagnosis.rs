//! What a look at a project found.

use serde::{Deserialize, Serialize};

/// Whether a project can run here: `flux doctor --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// Whether no check failed.
    pub ok: bool,
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// What each back end of flux.toml promises.
    pub promises: Vec<Promise>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What kind of thing: `tool`, `port`, `service`, `secret`, `guest`, `disk`, `clock`, `version`, `config`.
    pub area: String,
    /// Which, such as `[db.main]` or `go`.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// How long it took to answer, in milliseconds, where something was asked.
    pub latency_ms: Option<f64>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// It works.
    Ok,
    /// It works, but somebody should know about it.
    Warning,
    /// Something will not work.
    Failed,
}

impl Health {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        }
    }
}

/// What a back end promises of what is written to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// The table of flux.toml.
    pub label: String,
    /// The back end, without passwords.
    pub backend: String,
    /// Whether what was acknowledged is there after the process was killed.
    pub survives_kill: bool,
    /// Whether it is there after a power cut, in words.
    pub power_cut: String,
    /// Who shares it.
    pub shared_by: String,
}
