//! The canonical form of what holds other values: lists, options, results and tuples.

use crate::canonical::decode::Decode;
use crate::canonical::encode::Encode;
use crate::canonical::error::DecodeError;
use crate::canonical::reader::Reader;
use crate::canonical::tag;

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
