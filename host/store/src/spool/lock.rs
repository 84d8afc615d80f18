//! One writer per spool.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};

use super::home::Home;
use crate::error::{StoreError, file};
use crate::private;

/// The file in the spool's folder that keeps a second writer out.
const NAME: &str = "lock";
/// The file by which readers see whether there is a writer. Each of them has it for a moment, which must not be in the
/// way of a writer that begins: so it is not the same.
const WRITER: &str = "writer";

/// Held as long as the spool is open. The system gives it up when the process dies.
#[derive(Debug)]
pub(super) struct Lock {
    lock: File,
    _writer: File,
    home: Arc<Home>,
}

impl Lock {
    /// Takes the lock, or says which process has it.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let home = Arc::new(Home::open(dir).map_err(file("open", dir))?);
        let path = home.path(NAME);
        let mut lock = private::open_or_create(&path).map_err(file("open", &path))?;
        if let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(file("lock", &path)(error.into()));
            }
            let pid = io::read_to_string(&lock).unwrap_or_default();
            return Err(StoreError::SpoolInUse { path: dir.to_owned(), pid: pid.trim().to_owned() });
        }
        // For whoever finds it held: on a full disk the lock holds without.
        write_pid(&mut lock).ok();
        let path = home.path(WRITER);
        let writer = private::open_or_create(&path).map_err(file("open", &path))?;
        // Waits for readers, who are soon gone.
        flock(&writer, FlockOperation::LockExclusive).map_err(|error| file("lock", &path)(error.into()))?;
        Ok(Self { lock, _writer: writer, home })
    }

    /// The folder that it is in.
    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Whether the folder and the lock's file are still those under their names. If they are not, the lock keeps nobody
    /// out. Where that cannot be seen, they are.
    pub fn is_there(&self) -> bool {
        self.home.is_there() && private::is_at(&self.lock, &self.home.path(NAME))
    }
}

/// Whether a process writes to the spool of a folder. Where that cannot be seen, one may.
pub(super) fn is_held(dir: &Path) -> bool {
    match File::open(dir.join(WRITER)) {
        // The lock is given up again with the file.
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockShared).is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}
