//! The tags of the canonical form. Released numbers never change their meaning.

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
