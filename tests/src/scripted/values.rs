//! The edge values of the scenario.

/// Text that is not ASCII: two, three and four bytes a character, and a NUL.
pub const TEXT: &str = "é€🦀\0.";
/// Bytes that are no UTF-8.
pub const BYTES: &[u8] = &[0xff, 0xfe, 0x00, 0x80, 0xc3];
/// 2^53 + 1: the first integer that a double cannot hold.
pub const BEYOND_DOUBLE: u64 = 9_007_199_254_740_993;

/// 1 MiB in which every byte occurs.
pub fn large() -> Vec<u8> {
    (0..1_u32 << 20).map(|index| (index ^ (index >> 8)) as u8).collect()
}
