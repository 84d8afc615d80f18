//! A request that no guest sees.

use http::StatusCode;

/// Why a request goes to no guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    /// The methods that a resource has, where it has not this one.
    pub(crate) allow: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self { status, title: title.into(), allow: None }
    }
}
