//! What a section is checked against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::places::{AppConfig, SecretConfig};

/// What flux.toml is read for, which decides what must be there besides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Looking at records, or replaying them: what flux.toml says by itself.
    Read,
    /// Building: the folders of the guests are there.
    Build,
    /// Building and serving: everything that flux.toml names is there, such as secrets and migrations.
    Run,
    /// Serving what was built before: the same without the folders of the guests.
    Serve,
}

/// What a section is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Checking<'a> {
    /// The folder that flux.toml stands in.
    pub folder: &'a Path,
    /// What it is read for.
    pub purpose: Purpose,
    /// `[app]`.
    pub app: &'a AppConfig,
    /// `[secrets]`.
    pub secrets: &'a BTreeMap<String, SecretConfig>,
}

impl Checking<'_> {
    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.app.data(self.folder)
    }

    /// The folder of the SQLite files.
    pub fn databases(&self) -> PathBuf {
        self.app.databases(self.folder)
    }

    /// Whether all that a run needs must be there.
    pub fn is_for_run(&self) -> bool {
        matches!(self.purpose, Purpose::Run | Purpose::Serve)
    }

    /// Whether guests are built.
    pub fn is_for_build(&self) -> bool {
        matches!(self.purpose, Purpose::Build | Purpose::Run)
    }
}
