//! Keys of redaction.

use serde::{Deserialize, Serialize};

/// The keys of redaction, without the keys themselves: `flux keys list --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// The file they are in.
    pub file: String,
    /// The oldest first.
    pub keys: Vec<Key>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// What it is called.
    pub id: String,
    /// From when it is valid; `1970-01-01T00:00:00.000Z` is from the beginning.
    pub from: String,
    /// What it is for now.
    pub state: KeyState,
}

/// What a key is for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// New tokens are made with it.
    #[serde(rename = "in use")]
    InUse,
    /// It becomes valid later.
    #[serde(rename = "next")]
    Next,
    /// Tokens of older recordings were made with it.
    #[serde(rename = "retired")]
    Retired,
}

impl KeyState {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in use",
            Self::Next => "next",
            Self::Retired => "retired",
        }
    }
}
