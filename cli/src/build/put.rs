//! Files that are written whole or not at all.

use std::fs::{File, Permissions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Writes a file whole or not at all.
pub fn put(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    put_with(out, bytes, None)
}

/// The same with rights of its own. Nothing else is left, whatever fails.
pub fn put_with(out: &Path, bytes: &[u8], rights: Option<Permissions>) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", out.display());
    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    let temporary = out.with_extension(format!("{}.tmp", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Some(rights) = rights {
            file.set_permissions(rights)?;
        }
        // After a power cut the name must not stand for half a file.
        file.sync_data()
    });
    let placed = written.and_then(|()| std::fs::rename(&temporary, out));
    placed.inspect_err(|_| drop(std::fs::remove_file(&temporary))).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("flux.toml");
        std::fs::create_dir_all(out.join("in the way")).expect("a folder");
        assert!(put(&out, b"text").is_err());
        let left = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 1, "the folder in the way");
    }
}
