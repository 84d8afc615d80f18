//! What every command is given besides its own arguments.

use std::path::PathBuf;

use serde::Serialize;

use crate::printer::{self, ListForm};

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

impl Context {
    /// Prints a JSON document: in one line, where lines are asked for.
    pub fn print_json(&self, document: &impl Serialize) -> std::io::Result<()> {
        match self.list {
            Some(ListForm::Lines) => printer::json_line(document),
            _ => printer::json(document),
        }
    }

    /// Prints a list in JSON: one document, or a line for each item.
    pub fn print_json_list(&self, items: &[impl Serialize]) -> std::io::Result<()> {
        printer::json_list(self.list.unwrap_or(ListForm::Array), items)
    }
}
