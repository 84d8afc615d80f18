//! Flags of rustc that keep the folders of this machine out of a component, so that the same source gives
//! the same bytes wherever it lies. The user's own flags stay in force.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Task, sdk};
use super::project::CargoProject;

/// For one build.
pub struct Flags<'a> {
    pub task: &'a Task,
    pub project: &'a CargoProject,
    pub sysroot: &'a Path,
    pub target: &'a str,
}

impl Flags<'_> {
    /// Adds them where cargo adds them to the user's, and not where they would replace these: a variable
    /// of the environment overrules all files, and a target's flags overrule those of `[build]`.
    pub fn add_to(&self, cargo: &mut Command) {
        let ours = self.remaps();
        match flags_of_environment() {
            Some(mut flags) => {
                flags.extend(ours);
                cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
            }
            None => {
                let table =
                    if self.target_has_flags() { &format!("target.{}", self.target) } else { "build" };
                // Texts of JSON are texts of TOML.
                cargo.arg("--config").arg(format!("{table}.rustflags={}", serde_json::json!(ours)));
            }
        }
    }

    /// Of two that fit, rustc takes the later.
    fn remaps(&self) -> Vec<String> {
        let sources = self.sysroot.join("lib/rustlib/src/rust");
        let remaps = [
            Some((sources, "/rustc")),
            cargo_home().map(|home| (home, "/cargo")),
            sdk("rust").map(|sdk| (sdk, "/flux-sdk")),
            Some((self.project.target_directory.clone(), "/target")),
            // Relative, as panics have it: src/lib.rs:12.
            Some((self.project.workspace_root.clone(), "")),
        ];
        let flag = |(from, to): (PathBuf, &str)| format!("--remap-path-prefix={}={to}", from.display());
        remaps.into_iter().flatten().map(flag).collect()
    }

    /// Whether a file of cargo's configuration, or a variable, has flags for this target.
    fn target_has_flags(&self) -> bool {
        let variable = self.target.to_uppercase().replace('-', "_");
        let folders = self.task.folder.ancestors().map(|folder| folder.join(".cargo")).chain(cargo_home());
        let mut files = folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)));
        std::env::var_os(format!("CARGO_TARGET_{variable}_RUSTFLAGS")).is_some()
            || files.any(|file| std::fs::read_to_string(file).is_ok_and(|text| has_flags(&text, self.target)))
    }
}

/// As cargo reads them: what is set counts, if it is empty too.
fn flags_of_environment() -> Option<Vec<String>> {
    let split = |text: String, at: char| text.split(at).map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let encoded = std::env::var("CARGO_ENCODED_RUSTFLAGS").ok().map(|flags| split(flags, '\u{1f}'));
    let flags = encoded.or_else(|| std::env::var("RUSTFLAGS").ok().map(|flags| split(flags, ' ')));
    flags.map(|flags| flags.into_iter().filter(|flag| !flag.is_empty()).collect())
}

fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// Whether `[target.<triple>]` or a `[target.'cfg(…)']` has flags. Any cfg counts.
fn has_flags(config: &str, target: &str) -> bool {
    let Ok(config) = config.parse::<toml::Table>() else {
        return false;
    };
    let targets = config.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let mut ours = targets.filter(|(name, _)| *name == target || name.starts_with("cfg("));
    ours.any(|(_, table)| table.get("rustflags").is_some())
}

#[cfg(test)]
mod tests {
    use super::has_flags;

    #[test]
    fn flags_of_this_target_are_told_from_flags_of_others() {
        let has = |text| has_flags(text, "wasm32-wasip2");
        assert!(has("[target.wasm32-wasip2]\nrustflags = [\"-g\"]"));
        assert!(has("[target.'cfg(target_family = \"wasm\")']\nrustflags = \"-g\""));
        assert!(!has("[target.x86_64-unknown-linux-gnu]\nrustflags = [\"-g\"]"));
        assert!(!has("[target.wasm32-wasip2]\nlinker = \"a\""));
        assert!(!has("[build]\nrustflags = [\"-g\"]"));
    }
}
