//! Files and folders that only their owner may read: recordings and databases hold what users sent.
//!
//! Modes are set here whatever the umask is. A folder that is there already is tightened; one of another
//! user is refused, since its owner could read and replace what Flux writes into it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::error::{StoreError, file};

/// What others may do.
const OTHERS: u32 = 0o077;
/// How deep a folder is looked through that was private already: its own files, and those of its parts.
const SHALLOW: usize = 2;

/// Makes a folder of Flux's own, and those above it, with mode 0700; takes from others what they may do
/// in one that is there. One that belongs to another user is refused.
pub fn create_folder(path: &Path) -> Result<(), StoreError> {
    make_folder(path).map_err(file("create", path))?;
    let there = fs::metadata(path).map_err(file("read", path))?;
    let user = rustix::process::geteuid().as_raw();
    if there.uid() != user {
        return Err(StoreError::Foreign { path: path.to_owned(), owner: there.uid(), user });
    }
    tighten_one(path, there.mode()).map_err(file("take other users' rights from", path))
}

/// The same, and looks through what is in the folder: an older Flux, or a tool under another umask, may
/// have left files that others can read.
pub fn create_and_tighten(path: &Path) -> Result<(), StoreError> {
    let depth = depth(path);
    create_folder(path)?;
    tighten(path, depth);
    Ok(())
}

/// The same for a folder that holds no recordings: whoever it belongs to.
pub fn make_and_tighten(path: &Path) -> io::Result<()> {
    let depth = depth(path);
    make_folder(path)?;
    tighten_one(path, fs::metadata(path)?.mode()).ok();
    tighten(path, depth);
    Ok(())
}

/// Whether an open file is still the one under its name. Where that cannot be seen, it is.
pub fn is_at(file: &File, path: &Path) -> bool {
    let inode = |it: fs::Metadata| (it.dev(), it.ino());
    match fs::metadata(path) {
        Ok(there) => file.metadata().is_ok_and(|own| inode(own) == inode(there)),
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

fn depth(path: &Path) -> usize {
    let is_open = fs::metadata(path).is_ok_and(|there| there.mode() & OTHERS != 0);
    if is_open { usize::MAX } else { SHALLOW }
}

/// Makes a folder, and those above it, with mode 0700, where there is none.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates a file with mode 0600 that must not exist yet.
pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file for reading and writing, and creates it with mode 0600. One that is there is tightened.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    let opened =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let mode = opened.metadata()?.mode();
    if mode & OTHERS != 0 {
        opened.set_permissions(Permissions::from_mode(mode & 0o700))?;
    }
    Ok(opened)
}

/// Writes a file with mode 0600, whole or not at all, in the place of one that is there.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    // What a crash left under this name has nobody who writes it.
    fs::remove_file(&temporary).ok();
    let written = create_new(&temporary).and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| drop(fs::remove_file(&temporary)))
}

fn tighten_one(path: &Path, mode: u32) -> io::Result<()> {
    if mode & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
}

/// What comes and goes meanwhile, and what belongs to somebody else, stays as it is: nobody else gets
/// into the folder.
fn tighten(folder: &Path, depth: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(there) = entry.metadata() else { continue };
        // A link has no mode of its own, and leads to what may not be Flux's.
        if there.is_symlink() {
            continue;
        }
        tighten_one(&entry.path(), there.mode()).ok();
        if there.is_dir() && depth > 1 {
            tighten(&entry.path(), depth - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_there_is_tightened() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        fs::create_dir_all(data.join("work/deep/deeper")).unwrap();
        let (tool, outside) = (data.join("work/deep/deeper/tool"), parent.path().join("outside"));
        for path in [&tool, &outside, &data.join("kv.db")] {
            fs::write(path, b"").unwrap();
            set(path, 0o755);
        }
        std::os::unix::fs::symlink(&outside, data.join("link")).unwrap();
        set(&data, 0o775);
        create_and_tighten(&data).unwrap();
        let modes = [&data, &data.join("work/deep"), &tool, &data.join("kv.db"), &outside].map(|it| mode(it));
        assert_eq!(modes, [0o700, 0o700, 0o700, 0o700, 0o755]);
    }

    #[test]
    fn a_file_that_is_replaced_is_private_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a.fluj"), folder.path().join("other"));
        fs::write(&other, b"mine").unwrap();
        std::os::unix::fs::symlink(&other, &file).unwrap();
        write(&file, b"recorded").unwrap();
        assert_eq!((mode(&file), fs::read(&file).unwrap()), (0o600, b"recorded".to_vec()));
        assert_eq!(fs::read(&other).unwrap(), b"mine");
        set(&file, 0o644);
        open_or_create(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        // Only root can give a folder away; everybody else finds one that is not theirs.
        let path = match std::os::unix::fs::chown(folder.path(), Some(4242), None) {
            Ok(()) => folder.path(),
            Err(_) => Path::new("/"),
        };
        let error = create_folder(path).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    }
}
