//! A mistake in flux.toml: file, line and the nearest right name.

use std::path::{Path, PathBuf};

use flux_host::Hint;

/// flux.toml cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not there, or may not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It says what it cannot say.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The nearest right name.
        nearest: Option<String>,
        /// What to write instead, where more than a name is wrong.
        advice: Option<String>,
    },
}

impl ConfigError {
    pub(super) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        Self::at(path, text, at, message.clone(), nearest_of_message(&message))
    }

    pub(super) fn at(path: &Path, text: &str, at: usize, message: String, nearest: Option<String>) -> Self {
        let before = &text[..text.floor_char_boundary(at)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::Wrong { path: path.to_owned(), line, column, message, nearest, advice: None }
    }

    /// The same with the hint that its check knows.
    pub(super) fn advise(mut self, hint: String) -> Self {
        if let Self::Wrong { advice, .. } = &mut self {
            *advice = Some(hint);
        }
        self
    }
}

impl Hint for ConfigError {
    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unreadable { .. } => "FLX0202",
            Self::Wrong { .. } => "FLX0201",
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
                Some("save it as UTF-8".to_owned())
            }
            Self::Unreadable { .. } => {
                Some("go to the project's folder, name it (--project DIR), or make one: flux new".to_owned())
            }
            Self::Wrong { advice: Some(advice), .. } => Some(advice.clone()),
            Self::Wrong { nearest: Some(nearest), .. } => Some(format!("did you mean '{nearest}'?")),
            Self::Wrong { .. } => Some("every key is in docs/flux.schema.json: flux schema".to_owned()),
        }
    }
}

/// The name among `known` that is most like `name`.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let scored = known.into_iter().map(|known| (strsim::jaro_winkler(name, known), known));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(score, _)| *score > 0.7).map(|(_, name)| name.to_owned())
}

/// serde says "unknown field `a`, expected one of `b`, `c`": the first name is wrong, the others right.
fn nearest_of_message(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    message.starts_with("unknown").then(|| nearest(wrong, names)).flatten()
}
