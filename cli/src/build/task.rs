//! One guest to build: its folder, a folder for what is made on the way, and how tools are run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use flux_runtime::config::EngineKind;

use super::options::Options;
use super::progress::Progress;
use super::put::put;
use crate::errors::CliError;

/// One guest to build.
#[derive(Debug)]
pub struct Task {
    /// The project, absolute.
    pub folder: PathBuf,
    /// Where a language leaves what it makes on the way. It stays, for the next build to be quick.
    pub work: PathBuf,
    /// How it is built.
    pub options: Options,
    /// Files and folders in the project that a build makes or a run writes: no source.
    pub skip: Vec<PathBuf>,
    /// Where tools' words go.
    pub progress: Progress,
}

/// What a language's module made.
pub struct Made {
    /// The component, or the bundle.
    pub bytes: Vec<u8>,
    /// Whether nothing had to be built for it.
    pub cached: bool,
}

impl Task {
    /// Whether a bundle for V8 is to be made, and no component.
    pub fn is_for_v8(&self) -> bool {
        self.options.engine == Some(EngineKind::V8)
    }

    /// Runs a tool to its end and returns its stdout. What it says is shown when it has ended, in one
    /// piece, and on stderr: stdout is for what this command answers. `install` is the command that
    /// brings the tool where it is missing.
    pub fn run(&self, tool: &mut Command, install: &str) -> anyhow::Result<Vec<u8>> {
        let program = PathBuf::from(tool.get_program());
        let output = tool.current_dir(&self.folder).stdin(Stdio::null()).output();
        let cannot = |_| CliError::new(format!("{} cannot be run", program.display()), install);
        let output = output.map_err(cannot)?;
        self.progress.show(&output.stderr);
        if output.status.success() {
            return Ok(output.stdout);
        }
        if output.stderr.is_empty() {
            self.progress.show(&output.stdout);
        }
        let message = format!("{} does not build", self.folder.display());
        let name = program.file_name().unwrap_or_default().display();
        Err(CliError::new(message, format!("see the output of {name} above")).into())
    }

    /// The folder of [`tools`] with this name, which `install` fills first: once, and again where that did
    /// not come to its end or something `is_missing`. Builds run side by side, and only one of them installs.
    pub fn installed(
        &self,
        name: &str,
        is_missing: impl FnOnce(&Path) -> bool,
        install: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let folder = tools(name)?;
        let cannot = || format!("cannot lock {}", folder.display());
        let lock = File::create(folder.join("lock")).with_context(cannot)?;
        lock.lock().with_context(cannot)?;
        let installed = folder.join("installed");
        if !installed.is_file() || is_missing(&folder) {
            let _line = self.progress.begin(&format!("installing {name} in {}", folder.display()));
            install(&folder)?;
            put(&installed, b"")?;
        }
        Ok(folder)
    }

    /// A file in [`work`](Self::work), written if its text changed: tools look at times.
    pub fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.work.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(path);
        }
        let cannot = || format!("cannot write {}", path.display());
        std::fs::create_dir_all(path.parent().unwrap_or(&self.work)).with_context(cannot)?;
        std::fs::write(&path, text).with_context(cannot)?;
        Ok(path)
    }
}

/// A folder for tools that Flux installs for a language, shared by all projects: `name` has their
/// version. Below `FLUX_TOOLS`, else `~/.cache/flux/tools`.
fn tools(name: &str) -> anyhow::Result<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cache/flux/tools"));
    let folder = std::env::var_os("FLUX_TOOLS").map(PathBuf::from).or_else(home);
    let folder = folder.context("neither HOME nor FLUX_TOOLS is set")?.join(name);
    // Tools run in the project's folder, which is not this command's.
    let folder = std::path::absolute(&folder).with_context(|| format!("no folder: {}", folder.display()))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Where an SDK is: beside the source that this command was built from; else in the registry.
pub fn sdk(language: &str) -> Option<PathBuf> {
    let sdks = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdks"));
    sdks.join(language).canonicalize().ok()
}
