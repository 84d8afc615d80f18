//! The folder of a spool, held open.
//!
//! A path may lead to another process's folder by now. What is made and removed through an open folder is made and
//! removed in that very one, and nowhere once it is gone.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};

use crate::private;

/// A folder as it was when it was opened.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    folder: File,
}

impl Home {
    /// Opens a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), folder: File::open(path)? })
    }

    /// Where it was opened.
    pub fn at(&self) -> &Path {
        &self.path
    }

    /// Where a file of it is, as long as the folder is under its name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether the folder is still the one under its name.
    pub fn is_there(&self) -> bool {
        private::is_at(&self.folder, &self.path)
    }

    /// Creates a file with mode 0600 that must not exist yet.
    pub fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        Ok(openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Removes a file.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.folder, name, AtFlags::empty())?)
    }
}
