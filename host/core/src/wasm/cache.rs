//! Compiled code on disk, keyed by guest, engine version and settings.
//!
//! Compiled code is machine code: a file that someone else could have written is never mapped. The
//! folder and the file must belong to this user and be writable by nobody else.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use flux_recorder::Digest;
use wasmtime::component::Component;

use crate::wasm::load::LoadError;

pub(crate) struct Cache {
    folder: PathBuf,
    engine: u64,
}

/// FNV-1a: the same number in every run, which std's hasher does not promise.
struct Stable(u64);

impl Hasher for Stable {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

impl Cache {
    pub fn new(folder: PathBuf, engine: &wasmtime::Engine) -> Self {
        let mut hasher = Stable(0xcbf2_9ce4_8422_2325);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Self { folder, engine: hasher.finish() }
    }

    /// The compiled component: from the cache, or compiled now and kept. A cache that cannot be
    /// written or trusted costs time, nothing else.
    pub fn component(
        &self,
        engine: &wasmtime::Engine,
        digest: Digest,
        compile: impl FnOnce() -> Result<Component, LoadError>,
    ) -> Result<Component, LoadError> {
        let path = self.folder.join(format!("{digest}-{:016x}.cwasm", self.engine));
        if let Some(component) = self.read(engine, &path) {
            return Ok(component);
        }
        let component = compile()?;
        if let Err(error) = self.write(&path, &component) {
            tracing::warn!(path = %path.display(), %error, "compiled code is not kept");
        }
        Ok(component)
    }

    fn read(&self, engine: &wasmtime::Engine, path: &Path) -> Option<Component> {
        if !path.exists() {
            return None;
        }
        if !is_private(&self.folder) || !is_private(path) {
            tracing::warn!(path = %path.display(), "compiled code that others could have written is not used");
            return None;
        }
        // SAFETY: only this user could have written the file, and this program writes nothing there
        // but what `Component::serialize` gave; wasmtime checks version and settings itself.
        let component = unsafe { Component::deserialize_file(engine, path) };
        component.inspect_err(|error| tracing::warn!(%error, "compiled code is made anew")).ok()
    }

    fn write(&self, path: &Path, component: &Component) -> std::io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let code = component.serialize().map_err(|error| std::io::Error::other(format!("{error:#}")))?;
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(&code)?;
        // It is mapped and run unread: after a power cut its name must not stand for other bytes.
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    }
}

/// Whether this user owns it, and nobody else can write to it.
fn is_private(path: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(path).is_ok_and(|meta| meta.uid() == user && meta.mode() & 0o022 == 0)
}
