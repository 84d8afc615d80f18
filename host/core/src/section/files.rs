//! Files and folders that flux.toml names: whether they can be what they are for.
//!
//! No file is opened here. The same process may serve a SQLite file already, and would lose its locks on the file when
//! another handle of it is closed.

use std::path::{Component, Path, PathBuf};

use rustix::fs::{Access, access};

use super::checking::Checking;
use super::findings::Findings;

impl Findings<'_> {
    /// Reports a path that no file can have. Returns whether it is well.
    pub fn path(&mut self, path: &[&str], file: &Path) -> bool {
        let is_well = !file.as_os_str().as_encoded_bytes().contains(&0);
        if !is_well {
            let message = "no file or folder can have this name: it has a NUL character";
            self.add(path, message, "take \\u0000 out of it");
        }
        is_well
    }

    /// Checks the name of an SQLite file in the data folder; before a run, also what is there.
    pub fn sqlite(&mut self, path: &[&str], file: &str, example: &str, project: &Checking<'_>) {
        self.not_empty(path, file, example);
        if file.is_empty() || !self.path(path, Path::new(file)) {
            return;
        }
        let hint = format!("write the name of a file, such as sqlite = \"{example}\"");
        let last = Path::new(file).components().next_back();
        if file.ends_with(['/', '.']) && (file.ends_with('/') || !matches!(last, Some(Component::Normal(_))))
        {
            return self.add(path, format!("'{file}' is a folder, and SQLite needs a file"), hint);
        }
        if project.is_for_run()
            && let Err((why, hint)) = usable(&project.databases(), file)
        {
            self.add(path, format!("'{file}' cannot be a database: {why}"), hint);
        }
    }

    /// Reports a folder that is there as something else, or that cannot be made or written to.
    pub fn folder(&mut self, path: &[&str], folder: &Path, hint: &str) {
        if let Err(why) = writable(folder) {
            self.add(path, why, hint);
        }
    }
}

/// Whether SQLite can use a file of the folder of databases, which need not be there.
fn usable(databases: &Path, file: &str) -> Result<(), (String, &'static str)> {
    let place = resolved(&databases.join(file));
    match place.metadata() {
        Ok(there) if !there.is_file() => Err((
            format!("{} is not a file", place.display()),
            "name a file that is not there yet, or an SQLite file",
        )),
        Ok(_) if access(&place, Access::READ_OK | Access::WRITE_OK).is_err() => Err((
            format!("{} cannot be read and written", place.display()),
            "let this user read and write it: chmod u+rw",
        )),
        Ok(_) => Ok(()),
        Err(_) => match place.parent() {
            // A run makes this folder, and no other.
            Some(parent) if parent != resolved(databases) && !parent.is_dir() => Err((
                format!("there is no folder {}", parent.display()),
                "make the folder, or name a file without one",
            )),
            Some(parent) => {
                writable(parent).map_err(|why| (why, "make it writable, or name another [app] data"))
            }
            None => Ok(()),
        },
    }
}

/// A path without `..`: the folder before it need not be there yet.
pub fn resolved(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        let is_up = part == Component::ParentDir
            && matches!(resolved.components().next_back(), Some(Component::Normal(_)));
        if is_up {
            resolved.pop();
        } else {
            resolved.push(part);
        }
    }
    resolved
}

/// Whether a folder can be written to, or be made. Of one that is not there, the nearest above it counts.
fn writable(folder: &Path) -> Result<(), String> {
    let mut above = folder.ancestors().map(|it| if it.as_os_str().is_empty() { Path::new(".") } else { it });
    let Some(there) = above.find(|it| it.symlink_metadata().is_ok()) else { return Ok(()) };
    if !there.is_dir() {
        return Err(format!("{} is not a folder", there.display()));
    }
    let is_writable = access(there, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    if is_writable { Ok(()) } else { Err(format!("{} cannot be written to", there.display())) }
}
