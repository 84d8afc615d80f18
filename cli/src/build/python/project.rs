//! What a project's `pyproject.toml` says.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The file, in so far as it matters here.
#[derive(Debug, Default, Deserialize)]
pub struct PyProject {
    #[serde(default)]
    project: Project,
    #[serde(default)]
    tool: Tool,
}

#[derive(Debug, Default, Deserialize)]
struct Project {
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Tool {
    #[serde(default)]
    flux: Flux,
}

#[derive(Debug, Default, Deserialize)]
struct Flux {
    module: Option<String>,
}

impl PyProject {
    /// Reads the file of a project.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("pyproject.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
    }

    /// The module that has the handlers: `[tool.flux] module`, else `app`.
    pub fn module(&self) -> &str {
        self.tool.flux.module.as_deref().unwrap_or("app")
    }

    /// The files that the module may be, below a folder of modules.
    pub fn files(&self) -> [PathBuf; 2] {
        let path = self.module().replace('.', "/");
        [format!("{path}.py").into(), format!("{path}/__init__.py").into()]
    }

    /// What the guest needs besides the SDK, as pip takes it.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.project.dependencies.iter().map(String::as_str).filter(|it| !is_sdk(it))
    }
}

/// Whether a requirement, such as `flux-sdk >= 0.1`, is of the SDK.
fn is_sdk(requirement: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name = requirement.split(|letter| !is_name(letter)).next().unwrap_or_default();
    name.to_ascii_lowercase().replace(['_', '.'], "-") == "flux-sdk"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> PyProject {
        toml::from_str(text).expect("it parses")
    }

    #[test]
    fn the_sdk_is_no_dependency_however_it_is_spelt() {
        let text = r#"
            [project]
            dependencies = ["flux-sdk", "Flux_SDK>=0.1", "flux.sdk @ file:///sdk", "flux-sdks", "idna ==3.10"]
        "#;
        assert_eq!(parsed(text).dependencies().collect::<Vec<_>>(), ["flux-sdks", "idna ==3.10"]);
    }

    #[test]
    fn the_module_is_app_if_nothing_else_is_said() {
        assert_eq!(parsed("[project]\nname = \"a\"").module(), "app");
        let named = parsed("[tool.flux]\nmodule = \"shop.main\"");
        assert_eq!(named.module(), "shop.main");
        assert_eq!(named.files(), ["shop/main.py", "shop/main/__init__.py"].map(PathBuf::from));
    }
}
