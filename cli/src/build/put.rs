//! Files that are written whole or not at all.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Writes a file whole or not at all.
pub fn put(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", out.display());
    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    let temporary = out.with_extension(format!("{}.tmp", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        // After a power cut the name must not stand for half a component.
        file.sync_data()
    });
    written.with_context(cannot)?;
    std::fs::rename(&temporary, out).with_context(cannot)
}
