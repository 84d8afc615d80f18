//! The picture of the crates in ARCHITECTURE.md, in Mermaid's language.

use std::fmt::Write as _;

use anyhow::Context as _;

use crate::crates::{Crate, reach};

const BEGIN: &str = "<!-- drawn by `make house` -->\n";
const END: &str = "<!-- end of the drawing -->";

/// The product's crates as a Mermaid flowchart, with an arrow for each dependency that does not follow from others.
pub fn drawing(crates: &[Crate]) -> String {
    let is_drawn =
        |each: &&Crate| ["cli", "host/", "recorder"].iter().any(|part| each.folder.starts_with(part));
    let reach = reach(crates);
    let mut text = "```mermaid\nflowchart TD\n".to_owned();
    for each in crates.iter().filter(is_drawn) {
        let _ = writeln!(text, "    {}[\"{}\"]", each.name, each.folder);
    }
    for each in crates.iter().filter(is_drawn) {
        for direct in &each.dependencies {
            let follows =
                each.dependencies.iter().any(|other| reach[other.as_str()].contains(direct.as_str()));
            if !follows {
                let _ = writeln!(text, "    {} --> {direct}", each.name);
            }
        }
    }
    text + "```\n"
}

/// `document` with the picture between its two marks.
pub fn redraw(document: &str, drawing: &str) -> anyhow::Result<String> {
    let (before, rest) = document.split_once(BEGIN).with_context(|| format!("no line `{}`", BEGIN.trim()))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("no line `{END}`"))?;
    Ok(format!("{before}{BEGIN}{drawing}{END}{after}"))
}
