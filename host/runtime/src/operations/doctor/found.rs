//! What a check found, in one of three states.

use flux_api::{Check, Health};

/// A check that found all well.
pub(super) fn well(area: &str, name: impl Into<String>, detail: impl Into<String>) -> Check {
    let (area, name, detail) = (area.to_owned(), name.into(), detail.into());
    Check { area, name, health: Health::Ok, detail, hint: None, latency_ms: None }
}

/// A check that found something to know about.
pub(super) fn warning(
    area: &str,
    name: impl Into<String>,
    detail: impl Into<String>,
    hint: impl Into<String>,
) -> Check {
    Check { health: Health::Warning, hint: Some(hint.into()), ..well(area, name, detail) }
}

/// A check that found what will not work.
pub(super) fn failed(
    area: &str,
    name: impl Into<String>,
    detail: impl Into<String>,
    hint: Option<String>,
) -> Check {
    Check { health: Health::Failed, hint, ..well(area, name, detail) }
}

/// An error with its causes, in one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // A transparent error says what its source says.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
