//! One writer per spool.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::{StoreError, file};
use crate::private;

/// Held as long as the spool is open. The system gives it up when the process dies.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "an open file is what holds the lock")] File);

impl Lock {
    /// Takes the lock, or says which process has it.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        let mut opened = private::open_or_create(&path).map_err(file("open", &path))?;
        if let Err(error) = flock(&opened, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(file("lock", &path)(error.into()));
            }
            let pid = io::read_to_string(&opened).unwrap_or_default();
            return Err(StoreError::SpoolInUse { path: dir.to_owned(), pid: pid.trim().to_owned() });
        }
        write_pid(&mut opened).map_err(file("write", &path))?;
        Ok(Self(opened))
    }
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}
