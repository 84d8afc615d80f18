//! The files of new projects, by language. What all languages share is in templates/shared.
//!
//! `{{name}}`, `{{language}}`, `{{test}}`, `{{try}}` and `{{sdk}}` are filled in.

use super::Template;
use crate::build::{Language, sdk};

/// A file of a new project: its path there, its text.
#[derive(Debug, Clone, Copy)]
pub struct File {
    pub path: &'static str,
    pub text: &'static str,
}

/// What a language needs.
#[derive(Debug)]
pub struct Kit {
    /// The command that runs the project's tests.
    pub test: &'static str,
    /// Where the SDK is found, as the manifest says it.
    pub sdk: String,
    templates: [&'static [File]; 3],
}

/// The module of Go's SDK.
const GO_SDK: &str = "github.com/flux-run/flux/sdks/go";

/// Names that a dependency has in some language.
pub const TAKEN: [&str; 8] = ["flux", "flux-sdk", "flux_sdk", "serde", "core", "std", "alloc", "test"];

macro_rules! files {
    ($($path:literal = $file:literal),* $(,)?) => {
        &[$(File { path: $path, text: include_str!(concat!("../../templates/", $file)) }),*]
    };
}

const README: &[File] = files!["README.md" = "shared/README.md.txt", ".gitignore" = "shared/gitignore.txt"];
const CONFIGS: [&[File]; 3] = [
    files!["flux.toml" = "shared/http.flux.toml.txt"],
    files!["flux.toml" = "shared/job.flux.toml.txt"],
    files!["flux.toml" = "shared/service.flux.toml.txt"],
];

const RUST: [&[File]; 3] = [
    files!["Cargo.toml" = "rust/http.Cargo.toml.txt", "src/lib.rs" = "rust/http.rs.txt"],
    files!["Cargo.toml" = "rust/mail.Cargo.toml.txt", "src/lib.rs" = "rust/job.rs.txt"],
    files!["Cargo.toml" = "rust/mail.Cargo.toml.txt", "src/lib.rs" = "rust/service.rs.txt"],
];

const PYTHON: [&[File]; 3] = [
    files![
        "pyproject.toml" = "python/pyproject.toml.txt",
        "app.py" = "python/http.py.txt",
        "test_app.py" = "python/http_test.py.txt",
    ],
    files![
        "pyproject.toml" = "python/pyproject.toml.txt",
        "app.py" = "python/job.py.txt",
        "test_app.py" = "python/job_test.py.txt",
    ],
    files![
        "pyproject.toml" = "python/pyproject.toml.txt",
        "app.py" = "python/service.py.txt",
        "test_app.py" = "python/service_test.py.txt",
    ],
];

const GO: [&[File]; 3] = [
    files!["go.mod" = "go/go.mod.txt", "main.go" = "go/http.go.txt", "main_test.go" = "go/http_test.go.txt",],
    files!["go.mod" = "go/go.mod.txt", "main.go" = "go/job.go.txt", "main_test.go" = "go/job_test.go.txt"],
    files![
        "go.mod" = "go/go.mod.txt",
        "main.go" = "go/service.go.txt",
        "main_test.go" = "go/service_test.go.txt",
    ],
];

const ASSEMBLYSCRIPT: [&[File]; 3] = [
    files![
        "package.json" = "assemblyscript/package.json.txt",
        "asconfig.json" = "assemblyscript/asconfig.json.txt",
        "assembly/tsconfig.json" = "assemblyscript/tsconfig.json.txt",
        "assembly/index.ts" = "assemblyscript/http.ts.txt",
        "assembly/tests.ts" = "assemblyscript/http_tests.ts.txt",
        "test.mjs" = "assemblyscript/test.mjs.txt",
    ],
    files![
        "package.json" = "assemblyscript/package.json.txt",
        "asconfig.json" = "assemblyscript/asconfig.json.txt",
        "assembly/tsconfig.json" = "assemblyscript/tsconfig.json.txt",
        "assembly/index.ts" = "assemblyscript/job.ts.txt",
        "assembly/tests.ts" = "assemblyscript/job_tests.ts.txt",
        "test.mjs" = "assemblyscript/test.mjs.txt",
    ],
    files![
        "package.json" = "assemblyscript/package.json.txt",
        "asconfig.json" = "assemblyscript/asconfig.json.txt",
        "assembly/tsconfig.json" = "assemblyscript/tsconfig.json.txt",
        "assembly/index.ts" = "assemblyscript/service.ts.txt",
        "assembly/tests.ts" = "assemblyscript/service_tests.ts.txt",
        "test.mjs" = "assemblyscript/test.mjs.txt",
    ],
];

const TYPESCRIPT: [&[File]; 3] = [
    files![
        "package.json" = "typescript/package.json.txt",
        "tsconfig.json" = "typescript/tsconfig.json.txt",
        "src/index.ts" = "typescript/http.ts.txt",
        "test/index.test.ts" = "typescript/http_test.ts.txt",
    ],
    files![
        "package.json" = "typescript/package.json.txt",
        "tsconfig.json" = "typescript/tsconfig.json.txt",
        "src/index.ts" = "typescript/job.ts.txt",
        "test/index.test.ts" = "typescript/job_test.ts.txt",
    ],
    files![
        "package.json" = "typescript/package.json.txt",
        "tsconfig.json" = "typescript/tsconfig.json.txt",
        "src/index.ts" = "typescript/service.ts.txt",
        "test/index.test.ts" = "typescript/service_test.ts.txt",
    ],
];

impl Kit {
    /// The kit of a language.
    pub fn of(language: Language) -> Self {
        let (test, templates) = match language {
            Language::Rust => ("cargo test", RUST),
            // The first writes go.sum, without which nothing that comes from elsewhere is built.
            Language::Go => ("go mod tidy && go test ./...", GO),
            // With the SDK in an environment of the project's own, since the system's may be managed.
            Language::Python => (
                "python3 -m venv .venv && .venv/bin/pip install -q '{{sdk}}' && .venv/bin/python -m unittest",
                PYTHON,
            ),
            Language::Assemblyscript => ("npm install && npm test", ASSEMBLYSCRIPT),
            Language::Typescript => ("npm install && npm test", TYPESCRIPT),
        };
        Self { test, sdk: dependency(language), templates }
    }

    /// All files of a new project.
    pub fn files(&self, template: Template) -> Vec<File> {
        let index = template as usize;
        [README, CONFIGS[index], self.templates[index]].concat()
    }
}

/// Where the SDK is: beside the source that this command was built from, else in the registry.
fn dependency(language: Language) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let path = sdk(language.name()).map(|path| path.display().to_string());
    match (language, path) {
        (Language::Rust, Some(path)) => format!("{{ path = {path:?} }}"),
        (Language::Rust, None) => format!("{version:?}"),
        (Language::Go, Some(path)) => format!("{GO_SDK} v{version}\n\nreplace {GO_SDK} => {path:?}"),
        (Language::Go, None) => format!("{GO_SDK} v{version}"),
        (Language::Python, Some(path)) => format!("flux-sdk @ file://{path}"),
        (Language::Python, None) => format!("flux-sdk == {version}"),
        (Language::Assemblyscript | Language::Typescript, Some(path)) => format!("file:{path}"),
        (Language::Assemblyscript | Language::Typescript, None) => format!("^{version}"),
    }
}
