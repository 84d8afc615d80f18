//! From a path to the file that defines what it names.

use crate::modules::{Index, Tree};

/// Aliases that lead to each other end here.
const MOST_STEPS: usize = 32;

impl Tree {
    /// The file that defines what `path` names, as seen from module `at`. There is none for what is in another crate,
    /// for a variable, and for a module, whose contents are what counts.
    pub fn file_of(&self, at: Index, path: &[String]) -> Option<Index> {
        self.find(at, path, MOST_STEPS)
    }

    fn find(&self, at: Index, path: &[String], steps: usize) -> Option<Index> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.within(0, rest, steps),
            "self" if !rest.is_empty() => self.within(at, rest, steps),
            "super" => self.find_above(at, rest, steps),
            _ => self.named(at, first, rest, steps),
        }
    }

    fn find_above(&self, at: Index, rest: &[String], steps: usize) -> Option<Index> {
        let parent = self.modules[at].parent?;
        match rest.split_first() {
            Some((next, further)) if next == "super" => self.find_above(parent, further, steps),
            _ => self.within(parent, rest, steps),
        }
    }

    /// A path of which a part has led to a module of this crate. What is not found there, a macro defines.
    fn within(&self, at: Index, rest: &[String], steps: usize) -> Option<Index> {
        let (first, further) = rest.split_first()?;
        let module = &self.modules[at];
        self.named(at, first, further, steps).or_else(|| module.has_macro.then_some(module.file))
    }

    fn named(&self, at: Index, name: &str, rest: &[String], steps: usize) -> Option<Index> {
        let steps = steps.checked_sub(1)?;
        let module = &self.modules[at];
        if let Some(child) = module.children.get(name).filter(|_| !rest.is_empty()) {
            return self.within(*child, rest, steps);
        }
        if module.items.contains(name) {
            return Some(module.file);
        }
        let aliases = module.aliases.iter().filter(|(alias, _)| alias == name);
        let mut aliases = aliases.map(|(_, path)| [path, rest].concat());
        aliases
            .find_map(|path| self.find_elsewhere(at, &path, steps))
            .or_else(|| module.globs.iter().find_map(|glob| self.through(at, glob, name, rest, steps)))
    }

    /// What a `use` names. `use tokio::io` in a module with a child `tokio` is rare; `use url::Url` in `url.rs`
    /// is not, and means the other crate.
    fn find_elsewhere(&self, at: Index, path: &[String], steps: usize) -> Option<Index> {
        let is_itself = self.modules[at]
            .aliases
            .iter()
            .any(|(alias, own)| own == path && own.len() == 1 && alias == &path[0]);
        if is_itself { None } else { self.find(at, path, steps) }
    }

    fn through(
        &self,
        at: Index,
        glob: &[String],
        name: &str,
        rest: &[String],
        steps: usize,
    ) -> Option<Index> {
        let target = self.module_of(at, glob, steps)?;
        if target == at { None } else { self.named(target, name, rest, steps) }
    }

    /// The module that the path of a `use …::*` names.
    fn module_of(&self, at: Index, path: &[String], steps: usize) -> Option<Index> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => 0,
            "self" => at,
            "super" => self.modules[at].parent?,
            name => self.child_of(at, name, steps)?,
        };
        rest.iter().try_fold(start, |module, name| match name.as_str() {
            "super" => self.modules[module].parent,
            name => self.child_of(module, name, steps),
        })
    }

    fn child_of(&self, at: Index, name: &str, steps: usize) -> Option<Index> {
        let module = &self.modules[at];
        let alias = || module.aliases.iter().find(|(alias, path)| alias == name && path.len() > 1);
        module.children.get(name).copied().or_else(|| self.module_of(at, &alias()?.1, steps))
    }
}
