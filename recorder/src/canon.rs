//! The canonical form: one value has one encoding, whatever language or engine asked.
//!
//! Every value begins with a tag, so a tool that has never seen an interface can print it, and two
//! calls are equal exactly when their bytes are. [FORMAT.md](../FORMAT.md) lists the tags.
//!
//! ```
//! use flux_recorder::{Decode, Encode};
//!
//! let bytes = ("prices", Some(3u64)).to_canonical();
//! assert_eq!(<(String, Option<u64>)>::from_canonical(&bytes), Ok(("prices".to_owned(), Some(3))));
//! ```

use std::borrow::Cow;

use crate::stand_in::Tag;
use crate::value::{hex_digits, read_token, redacted_text};

/// The tags of the canonical form. Released numbers never change their meaning.
pub mod tag {
    #![expect(missing_docs, reason = "the names are those of FORMAT.md's table")]
    pub const UNIT: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const NONE: u8 = 3;
    pub const SOME: u8 = 4;
    pub const OK: u8 = 5;
    pub const ERR: u8 = 6;
    pub const UNSIGNED: u8 = 7;
    pub const SIGNED: u8 = 8;
    pub const F32: u8 = 9;
    pub const F64: u8 = 10;
    pub const CHAR: u8 = 11;
    pub const STRING: u8 = 12;
    pub const BYTES: u8 = 13;
    pub const LIST: u8 = 14;
    pub const TUPLE: u8 = 15;
    pub const RECORD: u8 = 16;
    pub const ENUM: u8 = 17;
    pub const VARIANT: u8 = 18;
    pub const REDACTED: u8 = 19;
}

/// How deep values may nest; deeper input is refused rather than recursed into.
pub const MAX_DEPTH: u32 = 64;

/// How many items a list gets memory for before they were read. A count that the input merely claims
/// may cost this much at each level of nesting, and no more: see FORMAT.md, bounds.
pub(crate) const TRUSTED_COUNT: usize = 128;

/// Why bytes are not the value that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ended inside a value.
    #[error("the value ends after {at} bytes")]
    Truncated {
        /// Where the input ended.
        at: usize,
    },
    /// Another kind of value stands here.
    #[error("expected {expected} at byte {at}, found tag {found}")]
    Unexpected {
        /// What the reader's type needs.
        expected: &'static str,
        /// The tag that was read.
        found: u8,
        /// Where.
        at: usize,
    },
    /// A case or field that the reader's type does not have.
    #[error("unknown name '{name}' for {expected}")]
    UnknownName {
        /// The type that was expected.
        expected: &'static str,
        /// The name that was read.
        name: String,
    },
    /// A number that does not fit, text that is not UTF-8, or a value that has another encoding.
    #[error("invalid {what} at byte {at}")]
    Invalid {
        /// What is invalid.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// More bytes than one value has.
    #[error("{count} bytes follow the value")]
    Trailing {
        /// How many.
        count: usize,
    },
}

/// A value that has a canonical form.
pub trait Encode {
    /// Appends the canonical form.
    fn encode(&self, out: &mut Vec<u8>);

    /// Appends a list of such values; bytes have a shorter form.
    fn encode_list(items: &[Self], out: &mut Vec<u8>)
    where
        Self: Sized,
    {
        out.push(tag::LIST);
        put_varint(out, items.len() as u64);
        for item in items {
            item.encode(out);
        }
    }

    /// The canonical form on its own.
    fn to_canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        self.encode(&mut out);
        out
    }
}

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

/// Appends a LEB128 number.
pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a length and the text, without a tag: names of fields and cases.
pub fn put_name(out: &mut Vec<u8>, name: &str) {
    put_varint(out, name.len() as u64);
    out.extend_from_slice(name.as_bytes());
}

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

    /// The text that a guest is handed in the place of a redacted one.
    fn redacted(&mut self) -> Result<String, DecodeError> {
        let token = read_token(self)?;
        Ok(match &self.tag {
            Some(tag) => format!("redacted-{}-{}", hex_digits(&token), tag.as_str()),
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

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(if *self { tag::TRUE } else { tag::FALSE });
    }
}

impl Decode for bool {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        match input.byte()? {
            tag::TRUE => Ok(true),
            tag::FALSE => Ok(false),
            found => Err(DecodeError::Unexpected { expected: "a bool", found, at }),
        }
    }
}

macro_rules! unsigned {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(tag::UNSIGNED);
                put_varint(out, u64::from(*self));
            }
        }
        impl Decode for $type {
            fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.expect(tag::UNSIGNED, stringify!($type))?;
                let at = input.position();
                input.varint()?.try_into().map_err(|_| DecodeError::Invalid { what: stringify!($type), at })
            }
        }
    )*};
}
unsigned!(u16, u32, u64);

impl Encode for u8 {
    fn encode(&self, out: &mut Vec<u8>) {
        u16::from(*self).encode(out);
    }

    fn encode_list(items: &[Self], out: &mut Vec<u8>) {
        out.push(tag::BYTES);
        put_varint(out, items.len() as u64);
        out.extend_from_slice(items);
    }
}

impl Decode for u8 {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        u16::decode(input)?.try_into().map_err(|_| DecodeError::Invalid { what: "u8", at })
    }

    fn decode_list(input: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        if input.peek()? == tag::REDACTED {
            return input.redacted().map(String::into_bytes);
        }
        input.expect(tag::BYTES, "bytes")?;
        Ok(input.blob()?.to_vec())
    }
}

macro_rules! signed {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                let number = i64::from(*self);
                out.push(tag::SIGNED);
                put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
            }
        }
        impl Decode for $type {
            fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.expect(tag::SIGNED, stringify!($type))?;
                let at = input.position();
                let zigzag = input.varint()?;
                let number = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
                number.try_into().map_err(|_| DecodeError::Invalid { what: stringify!($type), at })
            }
        }
    )*};
}
signed!(i8, i16, i32, i64);

macro_rules! float {
    ($type:ty, $bits:ty, $tag:expr) => {
        impl Encode for $type {
            // Every NaN is one value, so that it has one encoding.
            fn encode(&self, out: &mut Vec<u8>) {
                let number = if self.is_nan() { <$type>::NAN } else { *self };
                out.push($tag);
                out.extend_from_slice(&number.to_bits().to_le_bytes());
            }
        }
        impl Decode for $type {
            fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.expect($tag, stringify!($type))?;
                let mut bytes = [0; size_of::<$bits>()];
                let at = input.position();
                bytes.copy_from_slice(input.take(size_of::<$bits>())?);
                let number = <$type>::from_bits(<$bits>::from_le_bytes(bytes));
                if number.is_nan() && number.to_bits() != <$type>::NAN.to_bits() {
                    return Err(DecodeError::Invalid { what: "NaN", at });
                }
                Ok(number)
            }
        }
    };
}
float!(f32, u32, tag::F32);
float!(f64, u64, tag::F64);

impl Encode for char {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(tag::CHAR);
        put_varint(out, u64::from(u32::from(*self)));
    }
}

impl Decode for char {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.expect(tag::CHAR, "a char")?;
        let at = input.position();
        let number = u32::try_from(input.varint()?).ok();
        number.and_then(char::from_u32).ok_or(DecodeError::Invalid { what: "char", at })
    }
}

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

impl<T: Encode> Encode for [T] {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_list(self, out);
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_list(self, out);
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.nested(T::decode_list)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(tag::NONE),
            Some(value) => {
                out.push(tag::SOME);
                value.encode(out);
            }
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        match input.byte()? {
            tag::NONE => Ok(None),
            tag::SOME => input.nested(T::decode).map(Some),
            found => Err(DecodeError::Unexpected { expected: "an option", found, at }),
        }
    }
}

impl<T: Encode, E: Encode> Encode for Result<T, E> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Ok(value) => {
                out.push(tag::OK);
                value.encode(out);
            }
            Err(error) => {
                out.push(tag::ERR);
                error.encode(out);
            }
        }
    }
}

impl<T: Decode, E: Decode> Decode for Result<T, E> {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        match input.byte()? {
            tag::OK => input.nested(T::decode).map(Ok),
            tag::ERR => input.nested(E::decode).map(Err),
            found => Err(DecodeError::Unexpected { expected: "a result", found, at }),
        }
    }
}

impl Encode for () {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(tag::UNIT);
    }
}

impl Decode for () {
    fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.expect(tag::UNIT, "nothing")
    }
}

macro_rules! tuple {
    ($count:literal: $($name:ident),+) => {
        impl<$($name: Encode),+> Encode for ($($name,)+) {
            #[expect(non_snake_case, reason = "the type's name is its variable's")]
            fn encode(&self, out: &mut Vec<u8>) {
                let ($($name,)+) = self;
                out.extend_from_slice(&[tag::TUPLE, $count]);
                $($name.encode(out);)+
            }
        }
        impl<$($name: Decode),+> Decode for ($($name,)+) {
            fn decode(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.expect(tag::TUPLE, "a tuple")?;
                let at = input.position();
                if input.varint()? != $count {
                    return Err(DecodeError::Invalid { what: "length of a tuple", at });
                }
                input.nested(|input| Ok(($($name::decode(input)?,)+)))
            }
        }
    };
}
tuple!(1: A);
tuple!(2: A, B);
tuple!(3: A, B, C);
tuple!(4: A, B, C, D);
tuple!(5: A, B, C, D, E);
