//! Files that people name: only what is a regular file is read, and no more of it than there can be use for. A pipe
//! that nobody writes to never ends, and neither does a device.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// The longest text that a person writes by hand: flux.toml, a file of variables, a secret. In bytes.
pub const MAX_TEXT: u64 = 16 << 20;
/// The largest component or bundle, in bytes.
pub const MAX_COMPONENT: u64 = 1 << 30;
/// The longest recording, in bytes: the record store takes none that is longer.
pub const MAX_RECORDING: u64 = 1 << 30;

/// Why a file that is there is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// It is something else.
    #[error("it is {0}, not a file")]
    Kind(&'static str),
    /// It is longer than what is asked for can be.
    #[error("it is larger than {}", size(*.0))]
    TooLarge(u64),
}

impl From<NotRead> for Error {
    fn from(error: NotRead) -> Self {
        Self::new(ErrorKind::InvalidInput, error)
    }
}

fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, name)| format!("{} {name}", bytes / unit))
}

/// The bytes of a file. Errs with a [`NotRead`] in it where that is no file, or has more than `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    check(path)?;
    read_open(path, most)
}

/// The same for a text. A text that is not UTF-8 is [`ErrorKind::InvalidData`].
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    text(read(path, most)?)
}

/// The same for a text that a shell may hand over, as in `--env-file <(vault read …)`: such a pipe has a number and no
/// name, so whoever names it writes to it.
pub fn read_text_or_pipe(path: &Path, most: u64) -> Result<String> {
    let is_numbered = path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
    let is_pipe = || std::fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo());
    if is_numbered && is_pipe() { text(read_open(path, most)?) } else { read_text(path, most) }
}

/// Errs where there is no regular file.
pub fn check(path: &Path) -> Result<()> {
    let kind = std::fs::metadata(path)?.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(NotRead::Kind(what).into())
}

fn read_open(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > most {
        return Err(NotRead::TooLarge(most).into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // What is written meanwhile, and files of /proc, are longer than they say.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(NotRead::TooLarge(most).into()) } else { Ok(bytes) }
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[track_caller]
    fn check(path: &Path, expect: &str) {
        let error = read(path, 8).expect_err("it is refused");
        assert_eq!(error.to_string(), expect, "{}", path.display());
    }

    #[test]
    fn only_files_are_read_and_only_so_much_of_them() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "12345678").expect("it is written");
        assert_eq!(read(&file, 8).expect("it is read"), b"12345678");
        std::fs::write(&file, "123456789").expect("it is written");
        check(&file, "it is larger than 8 bytes");
        check(folder.path(), "it is a folder, not a file");
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).expect("a socket");
        check(&socket, "it is a socket, not a file");
        check(Path::new("/dev/zero"), "it is a device, not a file");
        // Says that it is empty, and is not.
        check(Path::new("/proc/self/status"), "it is larger than 8 bytes");
        let gone = read(&folder.path().join("gone"), 8).expect_err("it is not there");
        assert_eq!(gone.kind(), ErrorKind::NotFound);
        assert_eq!(NotRead::TooLarge(MAX_RECORDING).to_string(), "it is larger than 1 GiB");
        std::fs::write(&file, b"\xff").expect("it is written");
        assert_eq!(read_text(&file, 8).expect_err("no text").kind(), ErrorKind::InvalidData);
    }
}
