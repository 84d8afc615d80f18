//! What a replay can find, each with a stable code and a page under docs/errors/.

use flux_recorder::Value;

use crate::found::Difference;
use crate::path::Path;

/// One way in which the replayed code did not do what was recorded. Indexes count effects from 0:
/// `index` in the recording, `asked` in the replay.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields' meaning is given above")]
pub enum Divergence {
    /// The same function in the same place, with other arguments.
    Changed { index: usize, asked: usize, function: String, differences: Vec<Difference> },
    /// The same call, in another place: of calls that changed places, the fewest that moved.
    Reordered { index: usize, asked: usize, function: String, args: Value },
    /// A recorded call that was never made.
    Missing { index: usize, function: String, args: Value },
    /// A call that was never recorded: the guest was stopped there.
    Blocked { asked: usize, function: String, args: Value },
    /// A recorded call that never returned: what it did is unknown, and the guest was stopped there.
    Unknown { index: usize, function: String, args: Value },
    /// The handler's result differs.
    Response { differences: Vec<Difference> },
    /// It ended in another way: a result became a failure, or the reverse.
    Outcome { recorded: String, replayed: String },
    /// It read an input that was never recorded, such as `config.get:region`; it was answered as absent.
    /// `path` covers it in `ignore`.
    Input { name: String, path: Path },
}

impl Divergence {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "FLX0401",
            Self::Reordered { .. } => "FLX0402",
            Self::Missing { .. } => "FLX0403",
            Self::Blocked { .. } => "FLX0404",
            Self::Response { .. } => "FLX0405",
            Self::Unknown { .. } => "FLX0406",
            Self::Outcome { .. } => "FLX0407",
            Self::Input { .. } => "FLX0408",
        }
    }

    /// The name in `--json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Reordered { .. } => "reordered",
            Self::Missing { .. } => "missing",
            Self::Blocked { .. } => "blocked",
            Self::Response { .. } => "response",
            Self::Unknown { .. } => "outcome-unknown",
            Self::Outcome { .. } => "outcome",
            Self::Input { .. } => "unrecorded-input",
        }
    }

    /// Whether the guest was stopped by it.
    pub fn stops(&self) -> bool {
        matches!(self, Self::Blocked { .. } | Self::Unknown { .. })
    }

    /// The recorded effect it is about.
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Changed { index, .. }
            | Self::Reordered { index, .. }
            | Self::Missing { index, .. }
            | Self::Unknown { index, .. } => Some(*index),
            Self::Blocked { .. } | Self::Response { .. } | Self::Outcome { .. } | Self::Input { .. } => None,
        }
    }
}
