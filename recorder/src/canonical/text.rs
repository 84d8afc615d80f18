//! The canonical form of text.

use std::borrow::Cow;

use crate::canonical::decode::Decode;
use crate::canonical::encode::{Encode, put_name};
use crate::canonical::error::DecodeError;
use crate::canonical::reader::Reader;
use crate::canonical::tag;

impl Encode for str {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(tag::STRING);
        put_name(out, self);
    }
}

impl Encode for String {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_str().encode(out);
    }
}

impl Decode for String {
    // A replay hands the guest the token of what was redacted, so that it can be told apart.
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if input.peek()? == tag::REDACTED {
            return input.redacted();
        }
        input.expect(tag::STRING, "text")?;
        input.name().map(str::to_owned)
    }
}

impl Encode for Cow<'_, str> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_ref().encode(out);
    }
}
