//! Which files a watch looks at, and what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use flux_host::regular;
use flux_recorder::Digest;
use ignore::WalkBuilder;

use crate::build::inputs::{Inputs, is_input, is_made};

/// The largest file that is looked at, in bytes. What is larger is no source, and would be read at each change.
const MAX_SOURCE: u64 = 1 << 30;

/// Files by their path, with a digest of their bytes.
pub type Files = BTreeMap<PathBuf, Digest>;

/// A folder of source as people edit it: without what tools leave, what .gitignore names, logs, and what this
/// process writes itself.
#[derive(Debug, Default)]
pub struct Tree {
    /// The folders that can hold source, the first one itself included.
    pub folders: Vec<PathBuf>,
    /// The files in them.
    pub files: Files,
}

impl Tree {
    /// Reads the folder, but for what is at `skip`.
    pub fn read(root: &Path, skip: &BTreeSet<PathBuf>) -> Self {
        let (skipped, outputs) = (skip.clone(), Outputs::of_this_process());
        let mut walk = WalkBuilder::new(root);
        // A .gitignore counts without git too; the user's own rules are for all projects, and none for this.
        walk.hidden(false).require_git(false).git_global(false).follow_links(false);
        walk.filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !skipped.contains(entry.path()) && (entry.depth() == 0 || !is_folder || !is_made(entry.path()))
        });
        let mut tree = Self::default();
        for entry in walk.build().filter_map(Result::ok) {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let path = entry.into_path();
            if is_folder {
                tree.folders.push(path);
            } else if is_input(&path)
                && !is_log(&path)
                && !outputs.contain(&path)
                && let Some(digest) = digest(&path)
            {
                tree.files.insert(path, digest);
            }
        }
        tree
    }
}

/// The files of a list that are there; of a folder, the files in it.
pub fn read(paths: &[PathBuf]) -> Files {
    let inside = |path: &PathBuf| match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![path.clone()],
    };
    let files = paths.iter().flat_map(inside).filter(|path| path.is_file());
    files.filter_map(|path| digest(&path).map(|digest| (path, digest))).collect()
}

/// What was added, changed or removed.
pub fn changes(before: &Files, after: &Files) -> BTreeSet<PathBuf> {
    let paths = before.keys().chain(after.keys());
    paths.filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

fn digest(path: &Path) -> Option<Digest> {
    let mut inputs = Inputs::new();
    inputs.bytes(&regular::read(path, MAX_SOURCE).ok()?);
    Some(inputs.digest())
}

/// The files that stdout and stderr are, by device and number.
struct Outputs(Vec<(u64, u64)>);

impl Outputs {
    fn of_this_process() -> Self {
        let of = |output: std::io::Result<std::os::fd::OwnedFd>| {
            let meta = File::from(output.ok()?).metadata().ok()?;
            meta.is_file().then(|| (meta.dev(), meta.ino()))
        };
        let stdout = of(std::io::stdout().as_fd().try_clone_to_owned());
        let stderr = of(std::io::stderr().as_fd().try_clone_to_owned());
        Self(stdout.into_iter().chain(stderr).collect())
    }

    fn contain(&self, path: &Path) -> bool {
        !self.0.is_empty()
            && std::fs::metadata(path).is_ok_and(|meta| self.0.contains(&(meta.dev(), meta.ino())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_edits_is_not_looked_at() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            std::fs::write(path, text).expect("it is written");
        };
        for path in
            ["src/lib.rs", ".cargo/config.toml", "out.log", "dist/a.js", "node_modules/b", "data/records"]
        {
            write(path, path);
        }
        write(".gitignore", "dist/\n");
        let read = || Tree::read(folder.path(), &BTreeSet::from([folder.path().join("data")]));
        let tree = read();
        let names = |paths: Vec<&PathBuf>| -> Vec<String> {
            let name =
                |path: &&PathBuf| path.strip_prefix(folder.path()).ok().map(|it| it.display().to_string());
            paths.iter().filter_map(name).collect()
        };
        assert_eq!(names(tree.files.keys().collect()), [".cargo/config.toml", ".gitignore", "src/lib.rs"]);
        let mut folders = names(tree.folders.iter().collect());
        folders.sort_unstable();
        assert_eq!(folders, ["", ".cargo", "src"]);
        write("src/lib.rs", "changed");
        write("src/new.rs", "new");
        write("out.log", "more");
        let changed = changes(&tree.files, &read().files);
        assert_eq!(names(changed.iter().collect()), ["src/lib.rs", "src/new.rs"]);
    }

    #[test]
    fn a_list_has_the_files_that_are_there() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let file = folder.path().join("a.sql");
        std::fs::write(&file, "1").expect("it is written");
        let files = read(&[folder.path().to_owned(), folder.path().join("gone.toml")]);
        assert_eq!(files.into_keys().collect::<Vec<_>>(), [file]);
    }
}
