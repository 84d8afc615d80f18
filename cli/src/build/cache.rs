//! Components of builds whose inputs did not change.
//!
//! The key is a digest of this command, the versions of the language's tools, the options, the project's
//! files, the SDK's where it lies beside, and the folders that the manifest names. What a package manager
//! installed is known by its lock file only. Rust has no place here: cargo knows its inputs better.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flux_recorder::Digest;

use super::inputs::{self, Inputs};
use super::{Language, Task, put, sdk};

/// The place of one build's component in the task's folder.
pub struct Cache {
    /// Builds with other options go elsewhere.
    of_options: String,
    folder: PathBuf,
    key: Digest,
}

impl Cache {
    /// Reads all inputs.
    pub fn of(task: &Task, language: Language) -> anyhow::Result<Self> {
        let mut options = Inputs::new();
        options
            .bytes(&[u8::from(task.options.debug), u8::from(task.is_for_v8())])
            .bytes(task.options.features.join(",").as_bytes());
        let options = options.digest();
        let mut key = Inputs::new();
        key.bytes(&options.0).bytes(&itself()).bytes(&tools(language, &task.folder));
        key.folder(&task.folder, &task.skip)?;
        for folder in beside(language, &task.folder) {
            key.folder(&folder, &task.skip)?;
        }
        let of_options = options.to_string()[..8].to_owned();
        Ok(Self { of_options, folder: task.work.join("made"), key: key.digest() })
    }

    /// What the same inputs gave before.
    pub fn get(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path()).ok()
    }

    /// Keeps what these inputs gave, and forgets what others did.
    pub fn keep(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries.filter(|it| it.file_name().to_string_lossy().starts_with(&self.of_options)) {
            // What stays is not found by any key, and goes with the next build.
            let _ = std::fs::remove_file(entry.path());
        }
        put(&self.path(), bytes)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}-{}.wasm", self.of_options, self.key))
    }
}

/// This command: its version, and the file's length and age, for it changes between versions too.
fn itself() -> Vec<u8> {
    let meta = std::env::current_exe().and_then(std::fs::metadata);
    let file = meta.map(|meta| (meta.len(), meta.modified().ok())).ok();
    format!("{} {file:?}", env!("CARGO_PKG_VERSION")).into_bytes()
}

/// The versions of a language's tools, as they say themselves; nothing, where they are missing.
fn tools(language: Language, folder: &Path) -> Vec<u8> {
    let (tool, arguments): (_, &[&str]) = match language {
        Language::Rust => ("rustc", &["-vV"]),
        // The variables that change a build, wherever they are set.
        Language::Go => ("go", &["env", "GOVERSION", "GOFLAGS", "GOWORK"]),
        Language::Python => ("python3", &["--version"]),
        Language::Typescript | Language::Assemblyscript => ("node", &["--version"]),
    };
    let mut command = Command::new(tool);
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    output.map(|output| output.stdout).unwrap_or_default()
}

/// Folders outside the project that go into its build.
fn beside(language: Language, folder: &Path) -> Vec<PathBuf> {
    let manifests =
        language.manifests().iter().filter_map(|it| std::fs::read_to_string(folder.join(it)).ok());
    let mut found: Vec<_> = manifests.flat_map(|text| inputs::named_by(&text, folder)).collect();
    found.extend(sdk(language.name()).filter(|sdk| !folder.starts_with(sdk)));
    found.sort_unstable();
    found.dedup();
    found
}
