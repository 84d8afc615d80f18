//! Guests' bytes, by their digest. What ran once can be replayed as long as its file is there.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use flux_recorder::Digest;
use sha2::{Digest as _, Sha256};

use crate::error::{StoreError, file};
use crate::private;

/// A folder of files that are named after what they hold.
#[derive(Debug)]
pub struct Guests {
    dir: PathBuf,
    /// Brings the folder's names to the disk.
    sync_folder: fn(&Path) -> io::Result<()>,
    temporary: AtomicU64,
    /// Those that were kept since this was opened: they may run, and what runs will be replayed. A file that is open
    /// can be read after its name was removed.
    in_use: Mutex<HashMap<Digest, Option<fs::File>>>,
}

impl Guests {
    /// Opens the folder, which is made if it is missing.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        private::create_folder(dir)?;
        Ok(Self::at(dir))
    }

    /// Guests to read, in a folder that need not be there.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), sync_folder, temporary: AtomicU64::new(0), in_use: Mutex::default() }
    }

    /// The digest of a guest's bytes.
    pub fn digest(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// Keeps a guest. Keeping it again is nothing.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Self::digest(bytes);
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner).entry(digest).or_default();
        self.write(&digest, bytes)?;
        let kept = fs::File::open(self.path(&digest)).ok();
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, kept);
        Ok(digest)
    }

    fn write(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(digest);
        // A file of the wrong length was damaged since: it is replaced.
        if fs::metadata(&path).is_ok_and(|there| there.len() == bytes.len() as u64) {
            return Ok(());
        }
        private::create_folder(&self.dir)?;
        // Under a name of its own first, so that nobody ever sees half a guest.
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = self.dir.join(format!("{digest}.{}-{number}.tmp", std::process::id()));
        let written = write(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
        written.inspect_err(|_| drop(fs::remove_file(&temporary))).map_err(file("write", &path))?;
        // A name that may not be on the disk must not be found by the next call: it would not sync again,
        // and a second sync would say nothing of the first.
        let named = (self.sync_folder)(&self.dir);
        named.inspect_err(|_| drop(fs::remove_file(&path))).map_err(file("sync", &path))
    }

    /// Brings back the files of guests that may run and were removed since they were kept: without, nothing of what
    /// they do can be replayed.
    pub fn restore(&self) -> Result<(), StoreError> {
        let in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        for (digest, kept) in &*in_use {
            let path = self.path(digest);
            if let Some(kept) = kept
                && !path.exists()
            {
                let length = kept.metadata().map_err(file("read", &path))?.len();
                let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
                kept.read_exact_at(&mut bytes, 0).map_err(file("read", &path))?;
                self.write(digest, &bytes)?;
                tracing::warn!("{} was removed while Flux ran its guest, and is there again", path.display());
            }
        }
        Ok(())
    }

    /// A guest's bytes, checked; none if it was never kept.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file("read", &path)(error)),
        };
        let found = Self::digest(&bytes);
        if found == *digest {
            Ok(Some(bytes))
        } else {
            Err(StoreError::GuestDamaged { place: path.display().to_string(), found })
        }
    }

    /// Deletes a guest's file, unless the guest was kept since this was opened. Whether it is gone.
    pub fn remove(&self, digest: &Digest) -> Result<bool, StoreError> {
        let in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if in_use.contains_key(digest) {
            return Ok(false);
        }
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file("delete", &path)(error)),
            _ => Ok(true),
        }
    }

    /// All guests that are kept, sorted.
    pub fn list(&self) -> Result<Vec<Digest>, StoreError> {
        let mut digests = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(file("list", &self.dir))? {
            let name = entry.map_err(file("list", &self.dir))?.file_name();
            let digest = name.to_str().and_then(|name| name.strip_suffix(".wasm"));
            digests.extend(digest.and_then(|digest| digest.parse::<Digest>().ok()));
        }
        digests.sort_unstable();
        Ok(digests)
    }

    /// Where a guest is kept.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(format!("{digest}.wasm"))
    }
}

fn sync_folder(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private::create_new(path)?;
    file.write_all(bytes)?;
    // A rename may reach the disk before the bytes do.
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_and_checks() {
        let dir = tempfile::tempdir().unwrap();
        let guests = Guests::open(dir.path()).unwrap();
        let digest = guests.put(b"a guest").unwrap();
        assert_eq!(guests.put(b"a guest").unwrap(), digest);
        assert_eq!(guests.get(&digest).unwrap().unwrap(), b"a guest");
        assert_eq!(guests.get(&Digest([7; 32])).unwrap(), None);
        assert_eq!(guests.list().unwrap(), [digest]);
        assert!(!guests.remove(&digest).unwrap(), "it may run");
        assert!(Guests::at(dir.path()).remove(&Digest([7; 32])).unwrap());
        fs::write(guests.path(&digest), b"another").unwrap();
        let error = guests.get(&digest).unwrap_err();
        assert!(
            matches!(error, StoreError::GuestDamaged { found, .. } if found == Guests::digest(b"another"))
        );
        assert!(Guests::at(dir.path()).remove(&digest).unwrap());
        assert_eq!(guests.get(&digest).unwrap(), None);
    }

    #[test]
    fn a_guest_that_runs_is_there_again_after_its_folder_was_removed() {
        let dir = tempfile::tempdir().unwrap();
        let guests = Guests::open(&dir.path().join("guests")).unwrap();
        let digest = guests.put(b"a guest").unwrap();
        fs::remove_dir_all(dir.path().join("guests")).unwrap();
        guests.restore().unwrap();
        assert_eq!(guests.get(&digest).unwrap().unwrap(), b"a guest");
        fs::remove_dir_all(dir.path().join("guests")).unwrap();
        guests.restore().unwrap();
        assert_eq!(guests.get(&digest).unwrap().unwrap(), b"a guest", "as often as it is removed");
    }

    #[test]
    fn a_guest_whose_name_is_not_on_the_disk_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut guests = Guests::open(dir.path()).unwrap();
        guests.sync_folder = |_| Err(io::Error::from_raw_os_error(5));
        guests.put(b"a guest").unwrap_err();
        guests.put(b"a guest").unwrap_err();
        guests.sync_folder = sync_folder;
        let digest = guests.put(b"a guest").unwrap();
        assert_eq!(guests.list().unwrap(), [digest]);
    }
}
