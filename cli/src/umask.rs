//! What files may be to others, when nobody says so.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Context as _;
use rustix::fs::Mode;

/// The umask that the command was started with.
static USUAL: OnceLock<Mode> = OnceLock::new();

/// From here on, files and folders are for their owner only, those of child processes too.
pub fn make_private() {
    USUAL.get_or_init(|| rustix::process::umask(Mode::RWXG | Mode::RWXO));
}

/// Has a file written, and gives it and the folders that were made for it the rights that the user's
/// umask allows.
pub fn as_usual(file: &Path, write: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let made: Vec<PathBuf> = file.ancestors().skip(1).take_while(is_new).map(Path::to_owned).collect();
    write(file)?;
    let masked = USUAL.get().map_or(0, |mode| mode.bits());
    let rights = made.iter().map(|folder| (folder.as_path(), 0o777)).chain([(file, 0o666)]);
    for (path, mode) in rights {
        let set = fs::set_permissions(path, Permissions::from_mode(mode & !masked));
        set.with_context(|| format!("cannot set the rights of {}", path.display()))?;
    }
    Ok(())
}
