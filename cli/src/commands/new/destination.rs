//! The folder of a new project. Nothing that is there already is written over.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::kit::File;
use super::project::NewProject;
use crate::build::Language;
use crate::errors::CliError;

/// People have these before they have a project, so theirs stay.
const KEPT: [&str; 2] = ["README.md", ".gitignore"];

/// A folder in which nothing is in a project's way.
pub struct Destination<'a> {
    folder: &'a Path,
    /// Files of the project that are there already and stay as they are.
    pub kept: Vec<&'static str>,
    /// Files of the project that are not there yet.
    pub new: Vec<File>,
}

impl<'a> Destination<'a> {
    /// Looks before anything is written.
    pub fn find(folder: &'a Path, project: &NewProject) -> Result<Self, CliError> {
        check_folder(folder)?;
        let (there, new): (Vec<_>, Vec<_>) =
            project.files().into_iter().partition(|file| is_there(&folder.join(file.path)));
        let (kept, mut in_the_way): (Vec<_>, Vec<_>) =
            there.iter().map(|file| file.path).partition(|path| KEPT.contains(path));
        in_the_way.extend(new.iter().filter_map(|file| file_in_place_of_folder(folder, file.path)));
        in_the_way.extend(other_language(folder, project.language));
        in_the_way.sort_unstable();
        in_the_way.dedup();
        if in_the_way.is_empty() {
            return Ok(Self { folder, kept, new });
        }
        let message =
            format!("{} has files that are in the way: {}", folder.display(), in_the_way.join(", "));
        Err(CliError::new(message, "nothing was written: move them, or choose another folder"))
    }

    /// Writes what is not there yet.
    pub fn write(&self, project: &NewProject) -> anyhow::Result<()> {
        for file in &self.new {
            let path = self.folder.join(file.path);
            write_new(&path, &project.fill(file))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The folder that people are in may have something in it: they chose it on purpose. A name that is taken may be a
/// mistake.
fn check_folder(folder: &Path) -> Result<(), CliError> {
    let Ok(mut entries) = std::fs::read_dir(folder) else {
        return match is_there(folder) {
            true => {
                Err(CliError::new(format!("{} is not a folder", folder.display()), "choose another name"))
            }
            false => Ok(()),
        };
    };
    let real = |path: &Path| path.canonicalize().ok();
    if real(folder) == real(Path::new(".")) || entries.next().is_none() {
        return Ok(());
    }
    let hint = "choose another name; to make the project beside what is there, run flux new . in that folder";
    Err(CliError::new(format!("{} exists", folder.display()), hint))
}

/// Whether a name is taken, be it by a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// `src`, which is a file, where `src/lib.rs` is to be written.
fn file_in_place_of_folder(folder: &Path, path: &'static str) -> Option<&'static str> {
    let parents = Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty());
    let mut parents = parents.filter(|parent| is_there(&folder.join(parent)));
    parents.find(|parent| !folder.join(parent).is_dir())?.to_str()
}

/// The manifest by which the folder would be taken for a project in another language.
fn other_language(folder: &Path, language: Language) -> Option<&'static str> {
    let other = Language::of(folder)?;
    other.outranks(language).then(|| other.manifests()[0])
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}
