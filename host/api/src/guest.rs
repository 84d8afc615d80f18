//! Guests that ran.

use serde::{Deserialize, Serialize};

/// A build of a guest that ran here: `flux guests --json` prints all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestVersion {
    /// The name in flux.toml.
    pub name: String,
    /// The digest of its bytes, 64 hexadecimal digits.
    pub digest: String,
    /// How many bytes they are.
    pub size: u64,
    /// When it first had this name.
    pub first_seen: String,
}
