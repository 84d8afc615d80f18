//! What every command is given besides its own arguments.

use std::path::PathBuf;

use crate::printer::ListForm;

/// The options that stand before or behind any command.
#[derive(Debug)]
pub struct Context {
    /// The project's folder, or its flux.toml.
    pub project: PathBuf,
    /// JSON in place of tables.
    pub json: bool,
    /// The form of a list in JSON; none: the command's own.
    pub list: Option<ListForm>,
}
