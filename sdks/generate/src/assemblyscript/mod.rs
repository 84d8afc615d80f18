//! The glue of the AssemblyScript SDK: what stands between AssemblyScript's values and the canonical ABI.
//!
//! For every interface of a world one file is made, with its types as classes, its functions, and what
//! brings values into linear memory and back. Each offset, size and core signature is wit-parser's.
//! Types that the SDK writes by hand ([`contract::BY_HAND`]) are imported, and no twin of them is made.
//! A type that the generator does not know is an error that names it.

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

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

use file::File;

/// A type that a file of the SDK has, and the glue takes from there. Its class has the shape that the
/// generator would have given it: a record's constructor takes all fields in their order, a variant has
/// `kind`, and a static method and a property for each case.
#[derive(Debug)]
pub struct ByHand {
    /// The interface and the type, such as `kv.error`.
    pub wit: &'static str,
    /// The module, seen from the folder of the glue.
    pub module: &'static str,
}

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

/// The files of a world, by name: one for each interface, and `exports.json` for the SDK's transform.
pub fn files(
    resolve: &Resolve,
    world: WorldId,
    by_hand: &'static [ByHand],
) -> anyhow::Result<BTreeMap<String, String>> {
    let world = &resolve.worlds[world];
    let mut files = BTreeMap::new();
    let mut tuples = BTreeSet::new();
    for (key, item) in &world.imports {
        let mut file = File::new(resolve, interface(key, item)?, by_hand);
        file.imports(key)?;
        tuples.append(&mut file.tuples);
        files.insert(file.name()?, file.text());
    }
    let mut exports = Vec::new();
    for (key, item) in &world.exports {
        let mut file = File::new(resolve, interface(key, item)?, by_hand);
        exports.extend(file.exports(key)?);
        tuples.append(&mut file.tuples);
        if files.insert(file.name()?, file.text()).is_some() {
            bail!("{} is imported and exported: the AssemblyScript glue has one of both", file.name()?);
        }
    }
    files.insert("tuples.ts".to_owned(), types::tuples(&tuples));
    files.insert("exports.json".to_owned(), format!("[\n{}\n]\n", exports.join(",\n")));
    Ok(files)
}

fn interface(key: &WorldKey, item: &WorldItem) -> anyhow::Result<wit_parser::InterfaceId> {
    match item {
        WorldItem::Interface { id, .. } => Ok(*id),
        WorldItem::Function(function) => {
            bail!("the AssemblyScript glue has no functions of a world itself: {}", function.name)
        }
        WorldItem::Type { .. } => bail!("the AssemblyScript glue has no types of a world itself: {key:?}"),
    }
}
