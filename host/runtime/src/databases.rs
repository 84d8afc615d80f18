//! The SQLite files that are there: whether they are SQLite's.
//!
//! Only for a process that serves nothing: when it closes a file, SQLite's locks of the same process end.

use std::io::Read;
use std::path::Path;

use flux_host::section::{BackendPlace, Findings, Section, resolved};

use crate::project::Project;

/// What a file of SQLite begins with, unless it is empty.
const BEGIN: [u8; 16] = *b"SQLite format 3\0";

impl Project {
    /// Reports files that SQLite cannot use, since they are of something else.
    pub fn check_databases(&self, findings: &mut Findings<'_>) {
        for backend in self.config.sections.iter().flat_map(Section::backends) {
            let BackendPlace::Sqlite(file) = &backend.place else { continue };
            if is_of_something_else(&resolved(&self.databases().join(file))) {
                let table = backend.table.trim_matches(['[', ']']);
                let path: Vec<&str> = table.split('.').chain(["sqlite"]).collect();
                let message = format!("the file '{file}' is there, and is not SQLite's");
                findings.add(&path, message, "name another file, or move this one away");
            }
        }
    }
}

/// Whether a file is there whose beginning is not that of a database.
pub(crate) fn is_of_something_else(path: &Path) -> bool {
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let mut begin = [0; BEGIN.len()];
    match file.read(&mut begin) {
        Ok(0) | Err(_) => false,
        Ok(_) => begin != BEGIN,
    }
}
