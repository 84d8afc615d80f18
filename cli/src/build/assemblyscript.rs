//! AssemblyScript.

use super::Task;
use crate::errors::CliError;

/// Builds the component.
pub fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    let message = format!("{} is of a language that is not built yet", task.folder.display());
    Err(CliError::new(message, "").into())
}
