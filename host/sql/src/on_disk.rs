//! Which files a connection to SQLite has open, and whether they are still those under their names.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::connector::Change;

/// A file, whatever it is called: its device and its number there.
type Inode = (u64, u64);

/// The files of an open database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnDisk {
    file: Option<Inode>,
    /// The write-ahead log.
    log: Option<Inode>,
}

impl OnDisk {
    /// Those that are there now.
    pub fn of(path: &Path) -> Self {
        Self { file: inode(path), log: inode(&beside(path, "-wal")) }
    }

    /// Whether there is another file under its name, or none.
    pub fn change(&self, path: &Path) -> Option<Change> {
        match fs::metadata(path) {
            Ok(there) if Some(identity(&there)) == self.file => None,
            Ok(_) => Some(Change::Replaced),
            Err(error) if is_gone(&error) => self.file.map(|_| Change::Removed),
            // Who may not look does not know.
            Err(_) => None,
        }
    }

    /// Renames the log of the file that is gone. SQLite would take it for that of the new file, and write the pages
    /// of the old one into it.
    pub fn put_log_aside(&self, path: &Path) {
        let log = beside(path, "-wal");
        if self.log.is_none() || inode(&log) != self.log {
            return;
        }
        // A file that cannot be renamed cannot be opened either, and then the error says so.
        match fs::metadata(&log).is_ok_and(|it| it.len() > 0) {
            true => fs::rename(&log, beside(path, "-wal.old")).ok(),
            false => fs::remove_file(&log).ok(),
        };
        fs::remove_file(beside(path, "-shm")).ok();
    }
}

/// Makes an empty file that only its owner may use, where there is none: SQLite gives its companion files the same
/// rights. One that is there is not opened, since SQLite's locks on a file end when its process closes any handle of it.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Makes the folder of a file, and those above it, for its owner only, where they are missing.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn inode(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().as_ref().map(identity)
}

fn identity(there: &Metadata) -> Inode {
    (there.dev(), there.ino())
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
