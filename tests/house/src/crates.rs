//! The crates of the workspace, and which of them each depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;

/// One crate of the workspace.
#[derive(Debug)]
pub struct Crate {
    /// As other manifests name it: `flux-host`.
    pub name: String,
    /// Below the root of the repository: `host/core`.
    pub folder: String,
    /// Names of the workspace's crates that it depends on; those for development only are left out.
    pub dependencies: BTreeSet<String>,
}

/// Reads the manifests of all members of the workspace, sorted by folder. Members written with `*` are guests, which
/// know nothing of the host, and are left out.
pub fn crates(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let workspace = manifest(&root.join("Cargo.toml"))?;
    let members = workspace["workspace"]["members"].as_array().context("a list of members")?;
    let members = members.iter().filter_map(toml::Value::as_str).filter(|member| !member.contains('*'));
    let mut found = members.map(|folder| read(root, folder)).collect::<anyhow::Result<Vec<_>>>()?;
    let ours: BTreeSet<_> = found.iter().map(|each| each.name.clone()).collect();
    for each in &mut found {
        each.dependencies.retain(|name| ours.contains(name));
    }
    found.sort_by(|left, right| left.folder.cmp(&right.folder));
    Ok(found)
}

/// For each crate, all that it depends on, over however many others.
pub(crate) fn reach(crates: &[Crate]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut reach: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for each in crates {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&str> = each.dependencies.iter().map(String::as_str).collect();
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                let further = crates.iter().filter(|other| other.name == name);
                next.extend(further.flat_map(|other| &other.dependencies).map(String::as_str));
            }
        }
        reach.insert(&each.name, seen);
    }
    reach
}

fn read(root: &Path, folder: &str) -> anyhow::Result<Crate> {
    let parsed = manifest(&root.join(folder).join("Cargo.toml"))?;
    let name = parsed["package"]["name"].as_str().context("a package's name")?.to_owned();
    let tables = ["dependencies", "build-dependencies"].map(|key| parsed.get(key));
    let tables = tables.into_iter().flatten().filter_map(toml::Value::as_table);
    let dependencies = tables.flat_map(|table| table.keys().cloned()).collect();
    Ok(Crate { name, folder: folder.to_owned(), dependencies })
}

fn manifest(path: &Path) -> anyhow::Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}
