//! The files of a world: one for each of its interfaces.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

use super::by_hand::ByHand;
use super::file::File;
use super::types;

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
