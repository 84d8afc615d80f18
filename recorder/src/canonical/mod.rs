//! The canonical form: one value has one encoding, whatever language or engine asked.
//!
//! Every value begins with a tag, so a tool that has never seen an interface can print it, and two
//! calls are equal exactly when their bytes are. [FORMAT.md](../../FORMAT.md) lists the tags.
//!
//! ```
//! use flux_recorder::{Decode, Encode};
//!
//! let bytes = ("prices", Some(3u64)).to_canonical();
//! assert_eq!(<(String, Option<u64>)>::from_canonical(&bytes), Ok(("prices".to_owned(), Some(3))));
//! ```

mod compound;
mod decode;
mod encode;
mod error;
mod reader;
mod scalar;
pub mod tag;
mod text;

pub use decode::Decode;
pub use encode::{Encode, put_name, put_varint};
pub use error::DecodeError;
pub(crate) use reader::TRUSTED_COUNT;
pub use reader::{MAX_DEPTH, Reader};
