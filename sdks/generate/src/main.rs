//! Makes the parts of SDKs that follow from wit/: `cargo run -p flux-sdk-generate`.

mod assemblyscript;
mod go;

fn main() -> anyhow::Result<()> {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    go::generate(root)?;
    assemblyscript::generate(root)
}
