//! A journal's bytes: a header, then frames. [FORMAT.md](../FORMAT.md) is the description.

use crate::canonical::{DecodeError, Reader, put_varint};
use crate::event::{Event, is_newer};
use crate::stand_in::Marking;

/// What a journal begins with.
pub const MAGIC: [u8; 4] = *b"fluj";
/// Raised when an old reader would misread new journals.
pub const MAJOR: u8 = 1;
/// Raised when a kind of event is added, which a reader of an older minor version passes over, or when a
/// reader has to know the version to understand a text: see [`Marking`](crate::Marking).
pub const MINOR: u8 = 1;
/// Where the header has the minor version.
pub(crate) const MINOR_AT: usize = 5;
/// The length of the header.
pub const HEADER_LEN: usize = 6;
/// The longest frame: larger lengths are damage, not data.
pub const MAX_FRAME: usize = 256 << 20;

/// Why a journal cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It does not begin like a journal.
    #[error("this is no recording: it does not begin with 'fluj'")]
    NotAJournal,
    /// A newer Flux wrote it.
    #[error("the recording has format {major}.{minor}, this Flux reads {MAJOR}.x")]
    Newer {
        /// Its major version.
        major: u8,
        /// Its minor version.
        minor: u8,
    },
    /// A frame's checksum is not that of its bytes.
    #[error("event {index} is damaged: the checksum at byte {at} is wrong")]
    Checksum {
        /// The event's index.
        index: usize,
        /// Where the frame begins.
        at: usize,
    },
    /// A frame is not whole.
    #[error("the recording ends inside event {index}, after {at} bytes")]
    Truncated {
        /// The event's index.
        index: usize,
        /// Where the bytes end.
        at: usize,
    },
    /// A frame holds no event.
    #[error("event {index} cannot be read")]
    Event {
        /// The event's index.
        index: usize,
        /// Why.
        source: DecodeError,
    },
    /// The events are not those of one execution.
    #[error("event {index} does not belong here: {what}")]
    Order {
        /// The event's index.
        index: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// Appends the header.
pub fn write_header(out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[MAJOR, MINOR]);
}

/// Appends a frame with what `body` writes: length, bytes, CRC-32C.
pub fn write_frame(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    // Most frames are shorter than 128 bytes: the length is written in one byte and moved if not.
    let start = out.len();
    out.push(0);
    body(out);
    let length = out.len() - start - 1;
    if length < 0x80 {
        out[start] = length as u8;
    } else {
        let mut prefix = Vec::with_capacity(10);
        put_varint(&mut prefix, length as u64);
        out.splice(start..=start, prefix);
    }
    let checksum = crc32c::crc32c(&out[out.len() - length..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// Checks the header and returns the frames' bytes.
pub fn read_header(bytes: &[u8]) -> Result<&[u8], FormatError> {
    if bytes.len() < HEADER_LEN || bytes[..4] != MAGIC {
        return Err(FormatError::NotAJournal);
    }
    let (major, minor) = (bytes[4], bytes[5]);
    if major != MAJOR {
        return Err(FormatError::Newer { major, minor });
    }
    Ok(&bytes[HEADER_LEN..])
}

/// How the stand-ins of a journal are marked, by its header and the seed of its execution.
pub fn marking(journal: &[u8], seed: [u8; 32]) -> Marking {
    match journal.get(4..HEADER_LEN) {
        Some([1, 0]) => Marking::First,
        _ => Marking::of(seed),
    }
}

/// The frames of a journal, in order. After an error it yields nothing more.
#[derive(Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    index: usize,
    newer: bool,
    failed: bool,
}

impl<'a> Frames<'a> {
    /// Reads `bytes`, which include the header.
    pub fn of(bytes: &'a [u8]) -> Result<Self, FormatError> {
        read_header(bytes)?;
        Ok(Self { bytes, at: HEADER_LEN, index: 0, newer: bytes[5] > MINOR, failed: false })
    }

    /// Reads what a [`Journal`](crate::Journal) is given after the header: whole frames.
    pub fn appended(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, index: 0, newer: false, failed: false }
    }

    /// Where the frames that were read so far end: what a torn journal is cut to.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next whole frame's body. A frame is whole when its checksum is right.
    fn body(&mut self) -> Result<&'a [u8], FormatError> {
        let truncated = FormatError::Truncated { index: self.index, at: self.bytes.len() };
        let mut input = Reader::new(&self.bytes[self.at..]);
        let length = input.varint().map_err(|_| truncated.clone())? as usize;
        if length > MAX_FRAME {
            return Err(FormatError::Checksum { index: self.index, at: self.at });
        }
        // No event is empty. A file that a power failure left longer than its data ends in zeros,
        // which would otherwise be empty frames with a right checksum.
        if length == 0 {
            return Err(FormatError::Truncated { index: self.index, at: self.at });
        }
        let body = input.take(length).map_err(|_| truncated.clone())?;
        let checksum = input.take(4).map_err(|_| truncated)?;
        if crc32c::crc32c(body).to_le_bytes() != checksum {
            return Err(FormatError::Checksum { index: self.index, at: self.at });
        }
        self.at += input.position();
        Ok(body)
    }

    fn event(&mut self) -> Result<Option<Event<'a>>, FormatError> {
        while self.at < self.bytes.len() {
            let body = self.body()?;
            let index = self.index;
            self.index += 1;
            if !(self.newer && is_newer(body)) {
                return Event::read(body).map(Some).map_err(|source| FormatError::Event { index, source });
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Event<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let event = self.event().transpose();
        self.failed = matches!(event, Some(Err(_)));
        event
    }
}

/// The longest part of `bytes` that is whole frames: everything before a torn tail. A frame that is
/// whole but holds no event is no torn tail, and nothing is cut for it.
pub fn whole_frames(bytes: &[u8]) -> Result<&[u8], FormatError> {
    let mut frames = Frames::of(bytes)?;
    for event in frames.by_ref() {
        match event {
            Ok(_) => {}
            Err(FormatError::Truncated { .. } | FormatError::Checksum { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    let last_whole = frames.position();
    Ok(&bytes[..last_whole])
}
