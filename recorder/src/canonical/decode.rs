//! Reading: what can be read back from its canonical form.

use crate::canonical::error::DecodeError;
use crate::canonical::reader::{Reader, TRUSTED_COUNT};
use crate::canonical::tag;

/// A value that can be read back from its canonical form.
pub trait Decode: Sized {
    /// Reads one value.
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads a list of such values.
    fn decode_list(input: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        input.expect(tag::LIST, "a list")?;
        let count = input.count()?;
        let mut items = Vec::with_capacity(count.min(TRUSTED_COUNT));
        for _ in 0..count {
            items.push(Self::decode(input)?);
        }
        Ok(items)
    }

    /// Reads a value that is all of the bytes.
    fn from_canonical(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_reader(Reader::new(bytes))
    }

    /// Reads a value that is all of what a reader has.
    fn from_reader(mut input: Reader<'_>) -> Result<Self, DecodeError> {
        let value = Self::decode(&mut input)?;
        input.finish()?;
        Ok(value)
    }
}
