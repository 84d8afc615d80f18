//! What a bucket holds.

use serde::de::DeserializeOwned;

/// A value, and its version for compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// What [`SetOptions::if_version`](crate::kv::SetOptions::if_version) takes.
    pub version: String,
}

impl Entry {
    /// The value as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.value)
    }

    /// The value as text.
    pub fn text(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.value)
    }
}

/// A page of keys in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The keys.
    pub keys: Vec<String>,
    /// The cursor of the page that follows, if there is one.
    pub next: Option<String>,
}
