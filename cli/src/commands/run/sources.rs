//! What a watch looks at: the source of each guest, flux.toml, and what flux.toml names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_runtime::Project;

use super::files::{self, Files, Tree};
use crate::build::{Options, Order, of_project};
use crate::env_file;

/// What is watched, as it was when it was last built or read.
pub struct Sources {
    pub guests: Vec<(Order, Files)>,
    pub settings: Vec<PathBuf>,
    pub seen: Files,
}

impl Sources {
    /// As they are now. Taken before a build: what is saved during it is another source.
    pub fn of(project: &Project, file: &Path) -> Self {
        let orders = of_project(project, &Options::default()).into_iter();
        let guests = orders.map(|order| (source(&order, &BTreeSet::new()).files, order));
        let settings = settings(project, file);
        let seen = files::read(&settings);
        Self { guests: guests.map(|(files, order)| (order, files)).collect(), settings, seen }
    }
}

/// What the app was opened with: flux.toml, and what it names.
fn settings(project: &Project, file: &Path) -> Vec<PathBuf> {
    let config = &project.config;
    let named =
        config.app.config_files.iter().cloned().chain(config.sections.iter().flat_map(|it| it.files()));
    let named = named.map(|path| project.folder.join(path));
    std::iter::once(file.to_owned()).chain(named).chain([project.folder.join(env_file::USUAL)]).collect()
}

/// The source of a guest; nothing, while it cannot be read.
pub fn source(order: &Order, outputs: &BTreeSet<PathBuf>) -> Tree {
    if order.is_built() {
        // A component is replaced by another file, so the folder around it is watched.
        let around = order.source.parent().filter(|it| !it.as_os_str().is_empty());
        let folders = vec![around.unwrap_or(Path::new(".")).to_owned()];
        return Tree { folders, files: files::read(std::slice::from_ref(&order.source)) };
    }
    let Ok(root) = order.source.canonicalize() else {
        return Tree::default();
    };
    Tree::read(&root, &order.skip().into_iter().chain(outputs.iter().cloned()).collect())
}
