//! Executions.

use serde::{Deserialize, Serialize};

/// One execution in a list: `flux tail --json` prints one a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Its id, a UUID of version 7.
    pub id: String,
    /// The execution that this one resumed.
    pub parent: Option<String>,
    /// What started it: `http`, `job` or `cron`.
    pub kind: String,
    /// The route, the queue or the schedule.
    pub name: String,
    /// The digest of the guest that ran, 64 hexadecimal digits.
    pub guest: String,
    /// When it began.
    pub started: String,
    /// From begin to end; 0 while it runs, and if it was interrupted.
    pub elapsed_ns: u64,
    /// `returned`, `running`, or the name of its failure, such as `trap`.
    pub outcome: String,
    /// The HTTP status that its client got, also where the guest failed; null where nobody was answered.
    pub status: Option<u16>,
    /// Whether its outcome counts as a failure.
    pub failed: bool,
    /// How many calls to the host it made.
    pub calls: u64,
    /// The length of its journal.
    pub journal_bytes: u64,
}
