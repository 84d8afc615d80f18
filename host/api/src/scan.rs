//! What a scan of recordings found.

use serde::{Deserialize, Serialize};

/// What a look through recordings found: `flux scan --json`. Where it is, never what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scan {
    /// How many executions were looked through.
    pub executions: u64,
    /// How many files.
    pub files: u64,
    /// How many findings there are; `findings` may list fewer.
    pub found: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// Secrets that could not be looked for.
    pub unchecked: Vec<Unchecked>,
    /// Recordings that could not be read, and why.
    pub unreadable: Vec<String>,
}

/// Something that should have been redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The execution it is in, or the recording's file.
    pub execution: Option<String>,
    /// The event of the execution, such as `call 3`.
    pub event: Option<String>,
    /// Where in the event.
    pub path: Option<String>,
    /// The file it is in, where it is in none of the recordings.
    pub file: Option<String>,
    /// How many bytes of the file are before it.
    pub offset: Option<u64>,
    /// `secret`, `policy` or `pattern`.
    pub kind: String,
    /// The secret's name, or the pattern's.
    pub name: Option<String>,
    /// The secret's form: `raw`, `base64`, `percent`, `json` or `hex`.
    pub form: Option<String>,
    /// How many bytes it is long.
    pub length: u64,
}

/// A secret that could not be looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unchecked {
    /// Its name.
    pub secret: String,
    /// Why not.
    pub why: String,
}
