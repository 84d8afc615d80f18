//! The values at the edges, which several interfaces are given.

/// Text that is not ASCII: two, three and four bytes a character in UTF-8, and a NUL.
pub const TEXT: &str = "é€🦀\0.";

/// Bytes that are no UTF-8.
pub const BYTES: &[u8] = &[0xff, 0xfe, 0x00, 0x80, 0xc3];

/// The first integer that a double cannot hold: 2^53 + 1.
pub const BEYOND_DOUBLE: i64 = 9_007_199_254_740_993;

/// 1 MiB of bytes in which every value occurs.
pub fn large_bytes() -> Vec<u8> {
    (0..1_u32 << 20).map(|index| (index ^ index >> 8) as u8).collect()
}

/// 1 MiB of text in UTF-8, two bytes a character.
pub fn large_text() -> String {
    "é".repeat(1 << 19)
}
