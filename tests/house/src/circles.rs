//! Files that import each other, over however many others.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Imports;

/// The circles: each is a set of files of which every one leads to every other one.
pub fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in imports.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|file| (*file, reach(file, &next))).collect();
    let mut found = BTreeSet::new();
    for (file, reached) in &reach {
        if reached.contains(file) {
            let leads_back = |other: &&&str| reach.get(**other).is_some_and(|back| back.contains(file));
            found.insert(
                reached.iter().filter(leads_back).map(|file| (*file).to_owned()).collect::<BTreeSet<_>>(),
            );
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(file: &str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = next.get(file).cloned().unwrap_or_default();
    while let Some(file) = open.pop() {
        if seen.insert(file) {
            open.extend(next.get(file).into_iter().flatten());
        }
    }
    seen
}
