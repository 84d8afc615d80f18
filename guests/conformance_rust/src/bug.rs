//! A bug, for the record of one: its text and its line must be there.

/// Never returns.
pub fn fail() -> ! {
    panic!("a bug of the guest")
}
