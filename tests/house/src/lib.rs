//! Reads the sources of this repository and says how they hang together: which file of a crate imports which,
//! where files import each other in a circle, which crate depends on which, and what is longer than the rules allow.
//!
//! `make house` prints all of it and draws the crates into ARCHITECTURE.md; `tests/house/tests/house.rs` holds the
//! sources to the rules.
//!
//! An import is any path in the code that ends in another file of the same crate, in a `use` or written out. A
//! re-export (`pub use`) is no import: who takes an item through it imports the file that defines the item. So a
//! `lib.rs` or `mod.rs` that only declares and re-exports imports nothing and is imported by nobody; one that has
//! code of its own is a file like any other, also to its children. Code that is compiled for tests only is left
//! out. Calls of methods name no path, so they are not seen.

mod circles;
mod crates;
mod drawing;
mod imports;
mod lengths;
mod modules;
mod paths;
mod resolve;

pub use circles::circles;
pub use crates::{Crate, crates};
pub use drawing::{drawing, redraw};
pub use imports::{Imports, imports};
pub use lengths::{Long, long_files, long_functions};
