//! The deployment's keys: a file that only its owner reads, never in a store.
//!
//! ```text
//! flux-keys 1
//! 5b1e09aa 1970-01-01T00:00:00.000Z 9f86d081…   id, from when on, the key in hex
//! c7d04f12 2026-03-01T09:30:00.000Z 60303ae2…
//! ```
//!
//! An execution uses the key that is valid when it begins, and a replay of it the same: old recordings
//! match under their old key. A new key is valid a little later, so that all nodes know it by then.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use flux_host::regular::{self, MAX_TEXT};
use flux_host::{Environment, Hint};

/// The file in the data folder.
pub const KEYS: &str = "redaction.keys";
/// What there was before keys were rotated: 32 bytes.
pub const OLD_KEY: &str = "redaction.key";
const VERSION: &str = "flux-keys 1";

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read or written.
    #[error("cannot {step} {}", path.display())]
    File {
        /// What was tried.
        step: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is of another version.
    #[error("{} does not begin with '{VERSION}'", path.display())]
    Version {
        /// The file.
        path: PathBuf,
    },
    /// It says what it cannot say.
    #[error("{}:{line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// There is no such key.
    #[error("there is no key '{0}'")]
    Unknown(String),
    /// It is in use, or will be.
    #[error("the key '{0}' is not retired")]
    InUse(String),
}

impl Hint for KeysError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File { step: "find", .. } => {
                "it is made by the first flux run, or by: flux keys rotate".to_owned()
            }
            Self::File { .. } => {
                "make it readable for the user that runs flux, and its folder writable".to_owned()
            }
            Self::Version { .. } => {
                "it belongs to a newer Flux: use that release, or a copy of the file".to_owned()
            }
            Self::Wrong { .. } => {
                "take a copy of the file as flux wrote it: id, time and 64 hex digits a line".to_owned()
            }
            Self::Unknown(_) => "list them: flux keys list".to_owned(),
            Self::InUse(_) => "make a new one first: flux keys rotate --after 0s".to_owned(),
        })
    }
}

/// One key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, which says nothing about it.
    pub id: String,
    /// Executions that begin then or later use it, until the next key; nanoseconds since the Unix epoch.
    pub from_ns: u64,
    pub(crate) bytes: [u8; 32],
}

/// The key itself is in no log.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("from_ns", &self.from_ns).finish_non_exhaustive()
    }
}

impl Key {
    fn new(bytes: [u8; 32], from_ns: u64) -> Self {
        let id = blake3::derive_key("flux 2026 id of a redaction key", &bytes);
        // Whole milliseconds, as the file has them.
        let from_ns = from_ns.next_multiple_of(1_000_000);
        Self { id: hex(&id[..4]), from_ns, bytes }
    }
}

/// All keys of a deployment, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRing(Vec<Key>);

impl KeyRing {
    /// The keys.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The key of executions that began at this time: what is older than the oldest key takes that.
    pub fn at(&self, ns: u64) -> Option<&Key> {
        let next = self.0.partition_point(|key| key.from_ns <= ns);
        self.0.get(next.saturating_sub(1))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, KeysError> {
        let mut lines = text.lines();
        if lines.next() != Some(VERSION) {
            return Err(KeysError::Version { path: path.to_owned() });
        }
        let mut keys: Vec<Key> = Vec::new();
        for (index, line) in lines.enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        {
            let wrong = |what| KeysError::Wrong { path: path.to_owned(), line: index + 2, what };
            let key = key(line).map_err(wrong)?;
            if keys.last().is_some_and(|last| last.from_ns >= key.from_ns) {
                return Err(wrong("keys stand in the order of their times"));
            }
            keys.push(key);
        }
        match keys.is_empty() {
            true => Err(KeysError::Wrong { path: path.to_owned(), line: 2, what: "there is no key" }),
            false => Ok(Self(keys)),
        }
    }

    fn text(&self) -> String {
        let line = |key: &Key| {
            let from = humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_nanos(key.from_ns));
            format!("{} {from} {}\n", key.id, hex(&key.bytes))
        };
        let lines: String = self.0.iter().map(line).collect();
        format!("{VERSION}\n{lines}")
    }
}

fn key(line: &str) -> Result<Key, &'static str> {
    let mut words = line.split_whitespace();
    let (Some(id), Some(from), Some(hex), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a key is its id, its time and 64 hex digits");
    };
    let from = humantime::parse_rfc3339(from).ok().and_then(|from| from.duration_since(UNIX_EPOCH).ok());
    let from =
        from.and_then(|from| u64::try_from(from.as_nanos()).ok()).ok_or("its time is no RFC 3339 time")?;
    let key = Key::new(bytes(hex).ok_or("the key is not 64 hex digits")?, from);
    if key.id == id { Ok(key) } else { Err("the id is not that of the key: the line was changed") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    // The parser of numbers would take a sign for a digit.
    let digits = hex.len() == 64 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok();
    let bytes: Option<Vec<_>> = (0..32).map(|at| digits.then(|| byte(at)).flatten()).collect();
    bytes?.try_into().ok()
}

/// Where the keys of a deployment are.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    // Read where there is no ring yet, and gone with the first rotation.
    old: PathBuf,
}

impl KeyFile {
    /// Keys at `path`. `old` is where a single key is from before keys were rotated: it becomes the first of them.
    pub fn new(path: PathBuf, old: PathBuf) -> Self {
        Self { path, old }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys as they are.
    pub fn read(&self) -> Result<KeyRing, KeysError> {
        match self.find()? {
            Some(ring) => Ok(ring),
            None => Err(self.failed("find")(io::ErrorKind::NotFound.into())),
        }
    }

    /// The same; none where no key was made yet.
    pub fn find(&self) -> Result<Option<KeyRing>, KeysError> {
        match regular::read_text(&self.path, MAX_TEXT) {
            Ok(text) => KeyRing::parse(&self.path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.find_old(),
            Err(error) => Err(self.failed("read")(error)),
        }
    }

    fn find_old(&self) -> Result<Option<KeyRing>, KeysError> {
        let failed = |source| KeysError::File { step: "read", path: self.old.clone(), source };
        match regular::read(&self.old, MAX_TEXT) {
            Ok(bytes) => {
                let wrong = |_| failed(io::Error::other("the key is not 32 bytes long"));
                let bytes = <[u8; 32]>::try_from(bytes).map_err(wrong)?;
                Ok(Some(KeyRing(vec![Key::new(bytes, 0)])))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The keys as they are; the first one is made where there is none.
    pub fn open(&self, environment: &dyn Environment) -> Result<KeyRing, KeysError> {
        if let Some(ring) = self.find()? {
            return Ok(ring);
        }
        self.change(|ring| {
            if ring.0.is_empty() {
                ring.0.push(new_key(environment, 0));
            }
            Ok(())
        })
    }

    /// Writes keys again whose file was removed while they were in use: without them, no recording that they are in can
    /// be replayed. Keys that are there by now stay.
    pub fn restore(&self, keys: &KeyRing) -> Result<KeyRing, KeysError> {
        self.change(|ring| {
            if ring.0.is_empty() {
                ring.clone_from(keys);
            }
            Ok(())
        })
    }

    /// Adds a key that is valid `after` from now. Keys that are not valid yet give way to it.
    pub fn rotate(&self, after: Duration, environment: &dyn Environment) -> Result<KeyRing, KeysError> {
        self.change(|ring| {
            if ring.0.is_empty() {
                ring.0.push(new_key(environment, 0));
            }
            let now = environment.now_ns();
            let from = now.saturating_add(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX / 2));
            ring.0.retain(|key| key.from_ns <= now);
            let after_last = ring.0.last().map_or(0, |last| last.from_ns + 1);
            ring.0.push(new_key(environment, from.max(after_last)));
            Ok(())
        })
    }

    /// Takes a retired key away: what it made can never be matched against a value again.
    pub fn forget(&self, id: &str, environment: &dyn Environment) -> Result<KeyRing, KeysError> {
        self.change(|ring| {
            let now = environment.now_ns();
            let at = ring.0.iter().position(|key| key.id == id);
            let at = at.ok_or_else(|| KeysError::Unknown(id.to_owned()))?;
            if ring.0.get(at + 1).is_none_or(|next| next.from_ns > now) {
                return Err(KeysError::InUse(id.to_owned()));
            }
            ring.0.remove(at);
            Ok(())
        })
    }

    /// One change at a time, seen as a whole or not at all, and on the disk when this returns.
    fn change(
        &self,
        change: impl FnOnce(&mut KeyRing) -> Result<(), KeysError>,
    ) -> Result<KeyRing, KeysError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(self.failed("make the folder of"))?;
        let folder = File::open(folder).map_err(self.failed("open the folder of"))?;
        // Held until it is closed. The folder, since the file itself is replaced.
        rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| self.failed("lock")(error.into()))?;
        let mut ring = self.find()?.unwrap_or_default();
        change(&mut ring)?;
        let replaced = self.replace(&ring).and_then(|()| folder.sync_all());
        replaced.map_err(self.failed("write"))?;
        match std::fs::remove_file(&self.old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("replace the older key by")(error))
            }
            _ => Ok(ring),
        }
    }

    fn replace(&self, ring: &KeyRing) -> io::Result<()> {
        let new = self.path.with_extension("keys.new");
        // One that a crash left is nobody's: the lock is held.
        std::fs::remove_file(&new).ok();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(ring.text().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)
    }

    fn failed(&self, step: &'static str) -> impl FnOnce(io::Error) -> KeysError {
        let path = self.path.clone();
        move |source| KeysError::File { step, path, source }
    }
}

fn new_key(environment: &dyn Environment, from_ns: u64) -> Key {
    let mut bytes = [0; 32];
    environment.fill(&mut bytes);
    Key::new(bytes, from_ns)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that is set, and keys that differ.
    #[derive(Default)]
    struct Hands {
        now_ns: AtomicU64,
        filled: AtomicU64,
    }

    impl Environment for Hands {
        fn now_ns(&self) -> u64 {
            self.now_ns.load(Ordering::Relaxed)
        }

        fn monotonic_ns(&self) -> u64 {
            self.now_ns()
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.filled.fetch_add(1, Ordering::Relaxed) as u8 + 1);
        }
    }

    const SECOND: u64 = 1_000_000_000;

    fn file(folder: &tempfile::TempDir) -> KeyFile {
        KeyFile::new(folder.path().join("keys/ring"), folder.path().join(OLD_KEY))
    }

    #[test]
    fn the_first_key_is_made_once_and_only_its_owner_reads_it() {
        let (folder, hands) = (tempfile::tempdir().expect("a folder"), Hands::default());
        let file = file(&folder);
        assert!(matches!(file.read(), Err(KeysError::File { step: "find", .. })));
        let ring = file.open(&hands).expect("a ring");
        assert_eq!(file.open(&hands).as_ref().ok(), Some(&ring));
        assert_eq!(ring.keys().len(), 1);
        assert_eq!(ring.at(0), ring.at(u64::MAX));
        let mode = std::fs::metadata(file.path()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn keys_that_were_removed_are_written_again_unless_there_are_others() {
        let (folder, hands) = (tempfile::tempdir().expect("a folder"), Hands::default());
        let file = file(&folder);
        let keys = file.open(&hands).expect("a ring");
        std::fs::remove_dir_all(folder.path().join("keys")).expect("it was there");
        assert_eq!(file.restore(&keys).as_ref().ok(), Some(&keys));
        assert_eq!(file.read().as_ref().ok(), Some(&keys));
        std::fs::remove_file(file.path()).expect("it was there");
        let others = file.open(&hands).expect("a ring");
        assert_ne!(others, keys);
        assert_eq!(file.restore(&keys).as_ref().ok(), Some(&others));
    }

    #[test]
    fn an_execution_has_the_key_of_its_beginning() {
        let (folder, hands) = (tempfile::tempdir().expect("a folder"), Hands::default());
        let file = file(&folder);
        hands.now_ns.store(100 * SECOND, Ordering::Relaxed);
        let ring = file.rotate(Duration::from_secs(60), &hands).expect("a ring");
        let [first, second] = ring.keys() else { panic!("{ring:?}") };
        assert_eq!((first.from_ns, second.from_ns), (0, 160 * SECOND));
        assert_eq!(ring.at(160 * SECOND - 1), Some(first));
        assert_eq!(ring.at(160 * SECOND), Some(second));
        // A key that was not valid yet gives way to the next.
        let again = file.rotate(Duration::ZERO, &hands).expect("a ring");
        assert_eq!(again.keys().len(), 2);
        assert_eq!(again.at(100 * SECOND), again.keys().last());
    }

    #[test]
    fn a_key_of_before_is_the_first_and_moves_into_the_ring() {
        let (folder, hands) = (tempfile::tempdir().expect("a folder"), Hands::default());
        let file = file(&folder);
        std::fs::write(&file.old, [7; 32]).expect("a key");
        assert_eq!(file.open(&hands).expect("a ring").keys()[0].bytes, [7; 32]);
        assert!(!file.path().exists() && file.old.exists());
        file.rotate(Duration::ZERO, &hands).expect("a ring");
        assert_eq!(file.read().expect("a ring").keys()[0].bytes, [7; 32]);
        assert!(!file.old.exists());
    }

    #[test]
    fn only_a_retired_key_can_be_forgotten() {
        let (folder, hands) = (tempfile::tempdir().expect("a folder"), Hands::default());
        let file = file(&folder);
        let ring = file.rotate(Duration::from_secs(60), &hands).expect("a ring");
        let ids: Vec<_> = ring.keys().iter().map(|key| key.id.clone()).collect();
        assert!(matches!(file.forget(&ids[0], &hands), Err(KeysError::InUse(_))));
        hands.now_ns.store(61 * SECOND, Ordering::Relaxed);
        assert!(matches!(file.forget(&ids[1], &hands), Err(KeysError::InUse(_))));
        assert!(matches!(file.forget("00", &hands), Err(KeysError::Unknown(_))));
        assert_eq!(file.forget(&ids[0], &hands).expect("a ring").keys().len(), 1);
    }

    #[test]
    fn a_file_that_was_changed_by_hand_is_refused_with_its_line() {
        let key = Key::new([7; 32], 0);
        let text = KeyRing(vec![key.clone()]).text();
        let parse = |text: &str| KeyRing::parse(Path::new("ring"), text);
        assert_eq!(parse(&text).ok(), Some(KeyRing(vec![key])));
        let line = text.lines().nth(1).expect("a key");
        for (wrong, says) in [
            ("flux-keys 2\n".to_owned(), "ring does not begin with 'flux-keys 1'"),
            (format!("{VERSION}\n"), "ring:2: there is no key"),
            (format!("{text}{line}\n"), "ring:3: keys stand in the order of their times"),
            (text.replace("0707\n", "0708\n"), "ring:2: the id is not that of the key: the line was changed"),
            (text.replace("0707\n", "07+7\n"), "ring:2: the key is not 64 hex digits"),
            (text.replace("1970", "year"), "ring:2: its time is no RFC 3339 time"),
        ] {
            let error = parse(&wrong).expect_err(&wrong).to_string();
            assert_eq!(error, says);
        }
    }
}
