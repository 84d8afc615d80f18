//! The canonical form of numbers, truth values, characters and nothing.

use crate::canonical::decode::Decode;
use crate::canonical::encode::{Encode, put_varint};
use crate::canonical::error::DecodeError;
use crate::canonical::reader::Reader;
use crate::canonical::tag;

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
