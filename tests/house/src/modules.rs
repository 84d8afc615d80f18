//! The modules of a crate, as its files declare them, and the names that each defines or brings in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use proc_macro2::TokenStream;
use quote::ToTokens as _;

/// A path as it is written, one name a segment.
pub(crate) type Segments = Vec<String>;

/// Number of a module or of a file in [`Tree`].
pub(crate) type Index = usize;

/// All that one root file (`lib.rs`, `main.rs`) leads to.
#[derive(Default)]
pub(crate) struct Tree {
    /// The root first.
    pub modules: Vec<Module>,
    pub files: Vec<PathBuf>,
}

#[derive(Default)]
pub(crate) struct Module {
    pub file: Index,
    pub parent: Option<Index>,
    pub children: BTreeMap<String, Index>,
    /// What the module defines itself.
    pub items: BTreeSet<String>,
    /// What its `use` declarations call by another path. A name may stand for a type and for a function.
    pub aliases: Vec<(String, Segments)>,
    pub globs: Vec<Segments>,
    /// It calls a macro, which may define more.
    pub has_macro: bool,
    /// Its code; modules inside it and re-exports are left out.
    pub code: Vec<TokenStream>,
}

impl Tree {
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        let folder = root.parent().context("a source file is in a folder")?;
        tree.file(root, folder, None)?;
        Ok(tree)
    }

    /// Reads one file as a module whose children are in `folder`.
    fn file(&mut self, path: &Path, folder: &Path, parent: Option<Index>) -> anyhow::Result<Index> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let parsed = syn::parse_file(&text).with_context(|| path.display().to_string())?;
        self.files.push(path.to_owned());
        let file = self.files.len() - 1;
        self.module(&parsed.items, folder, file, parent)
    }

    fn module(
        &mut self,
        items: &[syn::Item],
        folder: &Path,
        file: Index,
        parent: Option<Index>,
    ) -> anyhow::Result<Index> {
        let index = self.modules.len();
        self.modules.push(Module { file, parent, ..Module::default() });
        for item in items.iter().filter(|item| !is_for_tests(item)) {
            match item {
                syn::Item::Mod(inner) => {
                    let child = self.child(inner, folder, file, index)?;
                    self.modules[index].children.insert(inner.ident.to_string(), child);
                }
                item => self.modules[index].add(item),
            }
        }
        Ok(index)
    }

    fn child(
        &mut self,
        inner: &syn::ItemMod,
        folder: &Path,
        file: Index,
        parent: Index,
    ) -> anyhow::Result<Index> {
        let name = inner.ident.to_string();
        let own = folder.join(&name);
        if let Some((_, items)) = &inner.content {
            return self.module(items, &own, file, Some(parent));
        }
        let flat = folder.join(format!("{name}.rs"));
        let path = if flat.is_file() { flat } else { own.join("mod.rs") };
        self.file(&path, &own, Some(parent))
    }
}

impl Module {
    fn add(&mut self, item: &syn::Item) {
        if let syn::Item::Use(names) = item {
            self.bring_in(&names.tree, Vec::new());
            if !matches!(names.vis, syn::Visibility::Inherited) {
                return;
            }
        }
        if let Some(name) = defined(item) {
            self.items.insert(name.to_string());
        }
        self.has_macro |= matches!(item, syn::Item::Macro(call) if call.ident.is_none());
        self.code.push(item.to_token_stream());
    }

    fn bring_in(&mut self, tree: &syn::UseTree, mut before: Segments) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.bring_in(&path.tree, before);
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.bring_in(tree, before.clone()));
            }
            syn::UseTree::Glob(_) => self.globs.push(before),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                self.aliases.push((last, before));
            }
            syn::UseTree::Name(name) => {
                before.push(name.ident.to_string());
                self.aliases.push((name.ident.to_string(), before));
            }
            syn::UseTree::Rename(names) => {
                before.push(names.ident.to_string());
                self.aliases.push((names.rename.to_string(), before));
            }
        }
    }
}

fn defined(item: &syn::Item) -> Option<&syn::Ident> {
    Some(match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    })
}

/// Compiled for tests only: `#[cfg(test)]`, or `#[cfg(any(test, fuzzing))]`.
fn is_for_tests(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let words: Vec<_> = list
            .tokens
            .to_string()
            .split(|letter: char| !letter.is_alphanumeric())
            .map(str::to_owned)
            .collect();
        list.path.is_ident("cfg")
            && words.iter().any(|word| word == "test")
            && !words.iter().any(|word| word == "not")
    })
}
