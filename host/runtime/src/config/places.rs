//! Values of flux.toml that may stand elsewhere, and lengths of time.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Where a value is found, if not in flux.toml itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Place {
    /// In an environment variable.
    Env(String),
    /// In a file, relative to flux.toml; one newline at its end is not part of it.
    File(PathBuf),
}

impl Place {
    /// The value, or the place where it is missing.
    pub fn read(&self, folder: &Path) -> Result<String, String> {
        match self {
            Self::Env(variable) => {
                std::env::var(variable).map_err(|_| format!("the environment variable {variable}"))
            }
            Self::File(file) => {
                let text = std::fs::read_to_string(folder.join(file));
                let text = text.map_err(|_| format!("the file {}", file.display()))?;
                Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
            }
        }
    }
}

/// The address of a service: a URL, or `{ env = "DATABASE_URL" }` where it has a password.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Address {
    /// The URL itself.
    Url(String),
    /// Where the URL is found.
    Place(Place),
}

impl Address {
    /// The URL, or the place where it is missing.
    pub fn read(&self, folder: &Path) -> Result<String, String> {
        match self {
            Self::Url(url) => Ok(url.clone()),
            Self::Place(place) => place.read(folder),
        }
    }
}

/// A URL may have a password, which is in no log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("Url(..)"),
            Self::Place(place) => place.fmt(f),
        }
    }
}

/// A length of time, such as `90s`, `12h` or `30days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            |_| serde::de::Error::custom(format!("'{text}' is no length of time: '12h' and '30days' are"));
        humantime::parse_duration(&text).map(Self).map_err(wrong)
    }
}
