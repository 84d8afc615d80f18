//! The bytes of a canonical form, read one after another.

use crate::canonical::error::DecodeError;
use crate::canonical::tag;
use crate::stand_in::Tag;
use crate::token::{RedactionToken, redacted_text};

/// How deep values may nest; deeper input is refused rather than recursed into.
pub const MAX_DEPTH: u32 = 64;

/// How many items a list gets memory for before they were read. A count that the input merely claims
/// may cost this much at each level of nesting, and no more: see FORMAT.md, bounds.
pub(crate) const TRUSTED_COUNT: usize = 128;

/// A cursor over canonical bytes that never reads past their end and never allocates by a length
/// that the input merely claims.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    // What a redacted text is marked with.
    tag: Option<Tag>,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, depth: 0, tag: None }
    }

    /// The same for the guest of a replay: the texts of redacted values have this tag.
    pub fn tagged(bytes: &'a [u8], tag: Tag) -> Self {
        Self { tag: Some(tag), ..Self::new(bytes) }
    }

    /// The token of a redacted value.
    pub(crate) fn token(&mut self) -> Result<RedactionToken, DecodeError> {
        self.expect(tag::REDACTED, "a redacted value")?;
        let mut token = RedactionToken::default();
        token.copy_from_slice(self.take(16)?);
        Ok(token)
    }

    /// The text that a guest is handed in the place of a redacted one.
    pub(crate) fn redacted(&mut self) -> Result<String, DecodeError> {
        let token = self.token()?;
        Ok(match &self.tag {
            Some(tag) => format!("redacted-{}-{}", hex::encode(token), tag.as_str()),
            None => redacted_text(&token),
        })
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, DecodeError> {
        let byte = *self.bytes.get(self.at).ok_or(DecodeError::Truncated { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// The next byte, not consumed.
    pub fn peek(&self) -> Result<u8, DecodeError> {
        self.bytes.get(self.at).copied().ok_or(DecodeError::Truncated { at: self.at })
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(DecodeError::Truncated { at: self.bytes.len() })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// A LEB128 number in its shortest form.
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        let start = self.at;
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let padded = byte == 0 && shift > 0;
            if padded || (bits << shift) >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(DecodeError::Invalid { what: "number", at: start })
    }

    /// A count of items, each of which takes at least one byte.
    pub fn count(&mut self) -> Result<usize, DecodeError> {
        let at = self.at;
        let count = self.varint()?;
        let left = (self.bytes.len() - self.at) as u64;
        if count > left {
            return Err(DecodeError::Invalid { what: "length", at });
        }
        Ok(count as usize)
    }

    /// A length and that many bytes.
    pub fn blob(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.count()?;
        self.take(length)
    }

    /// A length and that many bytes of UTF-8.
    pub fn name(&mut self) -> Result<&'a str, DecodeError> {
        let at = self.at;
        std::str::from_utf8(self.blob()?).map_err(|_| DecodeError::Invalid { what: "text", at })
    }

    /// Consumes a tag, or says what was found instead.
    pub fn expect(&mut self, tag: u8, expected: &'static str) -> Result<(), DecodeError> {
        let at = self.at;
        match self.byte()? {
            found if found == tag => Ok(()),
            found => Err(DecodeError::Unexpected { expected, found, at }),
        }
    }

    /// Consumes the name of a record's next field.
    pub fn field(&mut self, expected: &'static str) -> Result<(), DecodeError> {
        match self.name()? {
            name if name == expected => Ok(()),
            name => Err(DecodeError::UnknownName { expected, name: name.to_owned() }),
        }
    }

    /// Runs `read` one level deeper.
    pub fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeError::Invalid { what: "nesting", at: self.at });
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Refuses bytes after the value.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            count => Err(DecodeError::Trailing { count }),
        }
    }
}
