//! Nothing yet.

use std::path::Path;

/// Writes the generated files.
pub fn generate(_root: &Path) -> anyhow::Result<()> {
    Ok(())
}
