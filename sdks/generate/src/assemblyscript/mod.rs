//! The glue of the AssemblyScript SDK: what stands between AssemblyScript's values and the canonical ABI.
//!
//! For every interface of a world one file is made, with its types as classes, its functions, and what
//! brings values into linear memory and back. Each offset, size and core signature is wit-parser's.
//! Types that the SDK writes by hand ([`by_hand::BY_HAND`]) are imported, and no twin of them is made.
//! A type that the generator does not know is an error that names it.

mod by_hand;
mod contract;
mod file;
mod flat;
mod functions;
mod memory;
mod names;
mod shape;
#[cfg(test)]
mod tests;
mod types;
mod world;

use std::path::Path;

use anyhow::Context as _;

/// Writes the generated files.
pub fn generate(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("sdks/assemblyscript/assembly/generated");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in contract::files(root)? {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
