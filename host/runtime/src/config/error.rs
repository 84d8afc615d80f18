//! A flux.toml that cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

use flux_host::section::Mistake;
use flux_host::{Hint, count};

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
    #[error("{}", Told(path, mistakes))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Every mistake in it, in the order of its lines; at least one.
        mistakes: Vec<Mistake>,
    },
}

/// The first mistake in one line, and how many there are.
struct Told<'a>(&'a Path, &'a [Mistake]);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, mistakes) = self;
        let Some(first) = mistakes.first() else { return write!(f, "{}", path.display()) };
        write!(f, "{}:{}:{}: {}", path.display(), first.line, first.column, first.message)?;
        match mistakes.len() {
            0 | 1 => Ok(()),
            all => write!(f, " (and {})", count(all - 1, "more mistake")),
        }
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
            Self::Unreadable { .. } => Some(
                "go to the project's folder, name it (--project DIR), or make one: flux new shop".to_owned(),
            ),
            Self::Wrong { mistakes, .. } => mistakes.first().map(|mistake| mistake.hint.clone()),
        }
    }
}
