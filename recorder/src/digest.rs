//! The name of a guest.

use crate::canonical::DecodeError;

/// The SHA-256 of a guest's bytes: its name for ever.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// How many digits tell builds apart.
const SHORT: usize = 12;

impl Digest {
    /// Its beginning, as people are shown it.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(SHORT);
        text
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl std::str::FromStr for Digest {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let mut digest = [0; 32];
        let read = hex::decode_to_slice(text, &mut digest);
        read.map_err(|_| DecodeError::Invalid { what: "digest", at: 0 })?;
        Ok(Self(digest))
    }
}
