//! What the integration tests share.

pub mod compare;
pub mod dice;
mod http2;
pub mod scripted;

pub use http2::http2;

/// The languages that have an SDK. The first is the reference for the others.
pub const LANGUAGES: [&str; 5] = ["rust", "go", "python", "typescript", "assemblyscript"];

/// TypeScript on its second engine: no language, but one that takes part where the tests have it.
pub const V8: &str = "v8";

/// Who takes part in parity: every language, and V8 where the tests have it.
pub fn speakers() -> impl Iterator<Item = &'static str> {
    LANGUAGES.into_iter().chain(cfg!(feature = "v8").then_some(V8))
}
