//! What a build reads: the files of a project, without what tools leave among them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flux_recorder::Digest;
use sha2::{Digest as _, Sha256};

/// Folders that hold no source, in any language.
const MADE: [&str; 5] = [".flux", ".git", ".venv", "__pycache__", "node_modules"];

/// Whether a folder is a tool's: its cache, its output, what it installed.
pub fn is_made(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    let has = |file: &str| folder.join(file).is_file();
    // Cargo marks its target folder so; in a Go module `target` may be a package.
    MADE.iter().any(|made| name == *made) || has("CACHEDIR.TAG") || has("pyvenv.cfg") || is_target(folder)
}

/// Before cargo has marked it, when a watch hears that it was made.
fn is_target(folder: &Path) -> bool {
    folder.ends_with("target") && folder.with_file_name("Cargo.toml").is_file()
}

/// Whether a build can read a file: not a recording, nor a test in Go.
pub fn is_input(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().as_encoded_bytes();
    !name.ends_with(b".fluj") && !name.ends_with(b"_test.go")
}

/// A folder, and those in it that can hold source, but for what is at `skip`.
pub fn folders(root: &Path, skip: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        // A link to a folder is not followed: it may lead in a circle.
        let inside = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let inside = inside.map(|entry| entry.path()).filter(|path| !is_made(path) && !skip.contains(path));
        let mut inside: Vec<_> = inside.collect();
        inside.sort_unstable();
        found.extend(inside);
        next += 1;
    }
    found
}

/// The files of all source in a folder, but for what is at `skip`.
pub fn files(root: &Path, skip: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders(root, skip) {
        let cannot = || format!("cannot read {}", folder.display());
        let entries = std::fs::read_dir(&folder).with_context(cannot)?;
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
        let mut paths = paths.with_context(cannot)?;
        paths.retain(|path| is_input(path) && path.is_file() && !skip.contains(path));
        paths.sort_unstable();
        found.extend(paths);
    }
    Ok(found)
}

/// A digest of all that goes into a build.
pub struct Inputs(Sha256);

impl Inputs {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(Sha256::new())
    }

    /// Each has its length before it, or two texts could be taken for two others.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The names and the bytes of all source in a folder, but for what is at `skip`.
    pub fn folder(&mut self, root: &Path, skip: &[PathBuf]) -> anyhow::Result<&mut Self> {
        for path in files(root, skip)? {
            let name = path.strip_prefix(root).unwrap_or(&path);
            self.bytes(name.as_os_str().as_encoded_bytes());
            self.bytes(&std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        Ok(self)
    }

    /// The digest.
    pub fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// The folders outside a project that its manifest names, such as a Go module that another is replaced
/// by, or a package that is linked. Any text in the manifest that leads to a folder is taken for one.
pub fn named_by(manifest: &str, project: &Path) -> Vec<PathBuf> {
    let between = |letter: char| letter.is_whitespace() || "\"'`,;()[]{}".contains(letter);
    let named = manifest.split(between).filter_map(|word| {
        let path = word.rsplit_once("file:").or_else(|| word.rsplit_once("link:")).map_or(word, |it| it.1);
        let path = path.strip_prefix("//").unwrap_or(path);
        let leads_out = path.starts_with("..") || (path.starts_with('/') && path.len() > 1);
        let folder = leads_out.then(|| project.join(path).canonicalize())?.ok()?;
        (folder.is_dir() && !folder.starts_with(project)).then_some(folder)
    });
    let mut named: Vec<_> = named.collect();
    named.sort_unstable();
    named.dedup();
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(folder: &Path, skip: &[PathBuf]) -> anyhow::Result<Digest> {
        let mut inputs = Inputs::new();
        inputs.folder(folder, skip)?;
        Ok(inputs.digest())
    }

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn what_tools_leave_is_no_input() {
        let source = [("go.mod", "module a"), ("target/a.go", "package target")];
        let made = [
            ("node_modules/a/index.js", "1"),
            ("out/CACHEDIR.TAG", ""),
            (".flux/b", "2"),
            ("a.fluj", "3"),
            ("main_test.go", "4"),
        ];
        let (bare, full) = (project(&source), project(&[&source[..], &made[..]].concat()));
        let of = |it: &tempfile::TempDir| digest(it.path(), &[]).expect("it is read");
        assert_eq!(of(&bare), of(&full));
        assert_eq!(folders(full.path(), &[]).len(), 2);
        let cargo = project(&[("Cargo.toml", ""), ("target/debug/a", "1")]);
        assert_eq!(of(&cargo), of(&project(&[("Cargo.toml", "")])));
    }

    #[test]
    fn a_file_that_changes_moves_or_is_skipped_shows() {
        let of = |files: &[(&str, &str)], skip: &[&str]| {
            let folder = project(files);
            let skip: Vec<_> = skip.iter().map(|path| folder.path().join(path)).collect();
            digest(folder.path(), &skip).expect("it is read")
        };
        let one = of(&[("a", "1"), ("b", "2")], &[]);
        assert_ne!(one, of(&[("a", "1"), ("b", "3")], &[]));
        assert_ne!(one, of(&[("a", "1"), ("c", "2")], &[]));
        assert_ne!(one, of(&[("a", "1b"), ("b", "")], &[]));
        assert_eq!(one, of(&[("a", "1"), ("b", "2"), ("out.wasm", "x")], &["out.wasm"]));
    }

    #[test]
    fn folders_that_a_manifest_names_are_found() {
        let root = project(&[("app/src/a", ""), ("lib/a", ""), ("sdk/a", "")]);
        let root = root.path().canonicalize().expect("it is there");
        let (app, sdk) = (root.join("app"), root.join("sdk"));
        let go = format!("module a\nreplace b => ../lib\nreplace c => {}\n", sdk.display());
        assert_eq!(named_by(&go, &app), [root.join("lib"), sdk.clone()]);
        let npm =
            r#"{ "dependencies": { "a": "file:../sdk", "b": "^1.0.0" }, "main": "./src", "x": "../gone" }"#;
        assert_eq!(named_by(npm, &app), std::slice::from_ref(&sdk));
        let python = format!("dependencies = [\"flux-sdk @ file://{}\"]", sdk.display());
        assert_eq!(named_by(&python, &app), [sdk]);
    }
}
