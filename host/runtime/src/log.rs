//! The targets of log lines that are about executions. Whoever shows the log knows their fields; everything else is
//! a message of the host's own.
//!
//! | target | fields besides the message |
//! |---|---|
//! | [`EXECUTION`] | `trigger`, `name`, `method`, `path`, `attempt`, `status`, `elapsed_us`, `id`; `failure` (its kind) and `frames` |
//! | [`GUEST`] | `id`, `name`, `stream` (`log`, `stdout`, `stderr`), `fields` as a JSON object |
//! | [`CALL`] | `id`, `name`, `call`, `error`, `hint` |

/// An execution has ended, or a request was refused.
pub const EXECUTION: &str = "flux::execution";
/// A line that a guest wrote.
pub const GUEST: &str = "flux::guest";
/// A call that failed.
pub const CALL: &str = "flux::call";
