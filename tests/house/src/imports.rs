//! Which file of a crate imports which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::modules::Tree;
use crate::paths::paths;

/// For two files of a crate, below its folder `src`, what the first imports from the second.
pub type Imports = BTreeMap<(String, String), BTreeSet<String>>;

/// All imports between the files of the crate in `folder`.
pub fn imports(folder: &Path) -> anyhow::Result<Imports> {
    let source = folder.join("src");
    let mut all = Imports::new();
    for root in ["lib.rs", "main.rs"].map(|name| source.join(name)) {
        if root.is_file() {
            of(&Tree::read(&root)?, &source, &mut all);
        }
    }
    Ok(all)
}

fn of(tree: &Tree, source: &Path, all: &mut Imports) {
    let name = |file: usize| {
        let path = &tree.files[file];
        path.strip_prefix(source).unwrap_or(path).to_string_lossy().into_owned()
    };
    for (at, module) in tree.modules.iter().enumerate() {
        for path in module.code.iter().flat_map(|code| paths(code.clone())) {
            let Some(file) = tree.file_of(at, &path) else { continue };
            if file != module.file {
                let what = path.last().cloned().unwrap_or_default();
                all.entry((name(module.file), name(file))).or_default().insert(what);
            }
        }
    }
}
