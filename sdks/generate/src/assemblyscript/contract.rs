//! What the glue of the contract is made of.

use std::collections::BTreeMap;
use std::path::Path;

use wit_parser::Resolve;

use super::by_hand::BY_HAND;
use super::world;

/// The files of the contract's glue, by name.
pub fn files(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root.join("wit"))?;
    let service = resolve.select_world(&[package], Some("service"))?;
    world::files(&resolve, service, BY_HAND)
}
