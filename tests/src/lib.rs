//! What the integration tests share.

pub mod compare;
pub mod scripted;

/// The languages that have an SDK.
pub const LANGUAGES: [&str; 5] = ["rust", "go", "python", "typescript", "assemblyscript"];

/// The languages that have a guest `guests/<name>_<language>` which builds. The first is the reference for
/// the others.
pub fn languages_of(name: &str) -> &'static [&'static str] {
    match name {
        "orders" | "conformance" => &LANGUAGES,
        _ => &[],
    }
}
