//! Randomness from the host. Its seed is recorded, so a replay draws the same numbers.

use crate::bindings::flux::host::random as host;
use std::fmt::Write;

/// What the host gives in one call.
const LIMIT: usize = 65_536;

/// `len` random bytes. More than 65,536 take more than one call.
pub fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let wanted = (len - bytes.len()).min(LIMIT);
        bytes.append(&mut host::bytes(wanted as u32));
    }
    bytes
}

/// A random number.
pub fn u64() -> u64 {
    let bytes = host::bytes(8);
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A random UUID (version 4) in lower case, from one call for 16 bytes.
pub fn uuid_v4() -> String {
    uuid(&host::bytes(16))
}

fn uuid(random: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in random.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match index {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        // A String takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(super::uuid(&[0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(super::uuid(&[255; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
