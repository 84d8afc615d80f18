//! Tables on a terminal, tab-separated lines in a pipe.

use std::io::{IsTerminal, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// Prints rows under names.
pub fn table(names: &[&str], rows: &[Vec<String>]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if std::io::stdout().is_terminal() {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(names);
        table.add_rows(rows);
        return writeln!(out, "{}", table.trim_fmt());
    }
    writeln!(out, "{}", names.join("\t"))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")))
}

/// Prints more rows of a table that has its names already.
pub fn rows(rows: &[Vec<String>]) -> std::io::Result<()> {
    let between = if std::io::stdout().is_terminal() { "  " } else { "\t" };
    let mut out = std::io::stdout().lock();
    rows.iter().try_for_each(|row| writeln!(out, "{}", row.join(between)))
}

/// Prints a JSON document.
pub fn json(value: &serde_json::Value) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{value:#}")
}

/// Prints text.
pub fn text(text: &str) -> std::io::Result<()> {
    write!(std::io::stdout().lock(), "{text}")
}
