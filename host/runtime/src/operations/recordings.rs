//! Recordings as files: what people name that is no id.

use std::path::{Path, PathBuf};

use flux_host::regular::{self, MAX_RECORDING};

use super::OperationError;

/// How the file of a recording ends.
const EXTENSION: &str = "fluj";

/// Whether a text names a file or a folder, there or not. No id looks so.
pub(super) fn is_path(text: &str) -> bool {
    Path::new(text).exists() || text.contains('/') || Path::new(text).extension().is_some()
}

/// The recordings that a text names: a file, or those in a folder; none: it is an id. Errs where there are none.
pub(super) fn named(text: &str) -> Result<Option<Vec<PathBuf>>, OperationError> {
    let path = Path::new(text);
    match path {
        _ if !is_path(text) => Ok(None),
        folder if folder.is_dir() => in_folder(folder).map(Some),
        file => match regular::check(file) {
            Ok(()) => Ok(Some(vec![file.to_owned()])),
            Err(source) => Err(cannot_read(file, source)),
        },
    }
}

/// The bytes of a recording's file.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, OperationError> {
    regular::read(file, MAX_RECORDING).map_err(|source| cannot_read(file, source))
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, OperationError> {
    let entries = std::fs::read_dir(folder).map_err(|source| cannot_read(folder, source))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == EXTENSION));
    files.sort();
    if files.is_empty() {
        return Err(OperationError::NoRecordings(folder.display().to_string()));
    }
    Ok(files)
}

fn cannot_read(path: &Path, source: std::io::Error) -> OperationError {
    OperationError::Recording { path: path.display().to_string(), source }
}
