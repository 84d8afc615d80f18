//! Writing: what has a canonical form, and the lengths and names in it.

use crate::canonical::tag;

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

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
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
