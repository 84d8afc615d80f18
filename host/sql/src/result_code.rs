//! SQLite's result codes: <https://www.sqlite.org/rescode.html>.

use sqlx::error::DatabaseError;

/// The statement itself is wrong.
pub const ERROR: i32 = 1;
/// Another connection writes.
pub const BUSY: i32 = 5;
/// The same connection, or its shared cache, is in the way.
pub const LOCKED: i32 = 6;
/// The file, or its disk, can only be read.
pub const READONLY: i32 = 8;
/// The statement was stopped.
pub const INTERRUPT: i32 = 9;
/// The disk fails.
pub const IOERR: i32 = 10;
/// The file is damaged.
pub const CORRUPT: i32 = 11;
/// The disk is full.
pub const FULL: i32 = 13;
/// The file cannot be opened.
pub const CANTOPEN: i32 = 14;
/// The schema changed meanwhile.
pub const SCHEMA: i32 = 17;
/// A text or blob is over SQLite's bound.
pub const TOO_BIG: i32 = 18;
/// A constraint is violated.
pub const CONSTRAINT: i32 = 19;
/// A value is of a type that cannot stand there.
pub const MISMATCH: i32 = 20;
/// Nobody may do this here.
pub const AUTH: i32 = 23;
/// There is no such parameter.
pub const RANGE: i32 = 25;
/// The file holds something else.
pub const NOTADB: i32 = 26;

/// The kind of an error: the low byte of its code. 0 where it has none.
pub fn of(error: &dyn DatabaseError) -> i32 {
    error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default() & 0xff
}
