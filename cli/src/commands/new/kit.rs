//! The files of new projects. What all languages share is in templates/shared, and what a language's templates
//! share is there once.
//!
//! `{{name}}` and its like are filled in by [`NewProject`](super::project::NewProject).

use super::template::Template;
use crate::build::{Language, sdk};

/// A file of a new project: its path there, its bytes.
#[derive(Debug, Clone, Copy)]
pub struct File {
    pub path: &'static str,
    pub bytes: &'static [u8],
}

/// What a language needs.
#[derive(Debug)]
pub struct Kit {
    /// The command that runs the project's tests.
    pub test: &'static str,
    /// Where the SDK is found, as the manifest says it.
    pub sdk: String,
    manifests: &'static [File],
    programs: [&'static [File]; 5],
}

/// The module of Go's SDK.
const GO_SDK: &str = "github.com/flux-run/flux/sdks/go";

/// Names that a dependency has in some language.
pub const TAKEN: [&str; 11] = [
    "flux",
    "flux-sdk",
    "flux_sdk",
    "serde",
    "core",
    "std",
    "alloc",
    "test",
    "typescript",
    "tsx",
    "assemblyscript",
];

macro_rules! files {
    ($($path:literal = $file:expr),* $(,)?) => {
        &[$(File { path: $path, bytes: include_bytes!(concat!("../../templates/", $file)) }),*]
    };
}

/// The files of each template, in the order of [`Template`].
macro_rules! of_each_template {
    ($files:ident) => {
        [$files!("service"), $files!("crud"), $files!("cache"), $files!("webhook"), $files!("cron")]
    };
}

const SHARED: &[File] = files!["README.md" = "shared/README.md.txt", ".gitignore" = "shared/gitignore.txt"];

const CONFIGS: [&[File]; 5] = [
    files!["flux.toml" = "shared/service/flux.toml.txt", "fixtures/greet.fluj" = "shared/service/greet.fluj",],
    files![
        "flux.toml" = "shared/crud/flux.toml.txt",
        "migrations/0001_notes.sql" = "shared/crud/migration.sql.txt",
        "fixtures/create.fluj" = "shared/crud/create.fluj",
    ],
    files!["flux.toml" = "shared/cache/flux.toml.txt", "fixtures/count.fluj" = "shared/cache/count.fluj"],
    files![
        "flux.toml" = "shared/webhook/flux.toml.txt",
        "fixtures/deliver.fluj" = "shared/webhook/deliver.fluj",
    ],
    files![
        "flux.toml" = "shared/cron/flux.toml.txt",
        "migrations/0001_sessions.sql" = "shared/cron/migration.sql.txt",
        "fixtures/cleanup.fluj" = "shared/cron/cleanup.fluj",
    ],
];

macro_rules! rust {
    ($template:literal) => {
        files!["src/lib.rs" = concat!("rust/", $template, ".rs.txt")]
    };
}

macro_rules! go {
    ($template:literal) => {
        files![
            "main.go" = concat!("go/", $template, ".go.txt"),
            "main_test.go" = concat!("go/", $template, "_test.go.txt"),
        ]
    };
}

macro_rules! python {
    ($template:literal) => {
        files![
            "app.py" = concat!("python/", $template, ".py.txt"),
            "test_app.py" = concat!("python/", $template, "_test.py.txt"),
        ]
    };
}

macro_rules! assemblyscript {
    ($template:literal) => {
        files![
            "assembly/index.ts" = concat!("assemblyscript/", $template, ".ts.txt"),
            "assembly/tests.ts" = concat!("assemblyscript/", $template, "_tests.ts.txt"),
        ]
    };
}

macro_rules! typescript {
    ($template:literal) => {
        files![
            "src/index.ts" = concat!("typescript/", $template, ".ts.txt"),
            "test/index.test.ts" = concat!("typescript/", $template, "_test.ts.txt"),
        ]
    };
}

impl Kit {
    /// The kit of a language.
    pub fn of(language: Language) -> Self {
        match language {
            Language::Rust => Self {
                test: "cargo test",
                sdk: dependency(language),
                manifests: files!["Cargo.toml" = "rust/Cargo.toml.txt"],
                programs: of_each_template!(rust),
            },
            Language::Go => Self {
                // The first writes go.sum, without which nothing that comes from elsewhere is built.
                test: "go mod tidy && go test ./...",
                sdk: dependency(language),
                manifests: files!["go.mod" = "go/go.mod.txt"],
                programs: of_each_template!(go),
            },
            Language::Python => Self {
                // With the SDK in an environment of the project's own, since the system's may be managed.
                test: "python3 -m venv .venv && .venv/bin/pip install -q '{{sdk}}' && .venv/bin/python -m unittest",
                sdk: dependency(language),
                manifests: files!["pyproject.toml" = "python/pyproject.toml.txt"],
                programs: of_each_template!(python),
            },
            Language::Assemblyscript => Self {
                test: "npm install && npm test",
                sdk: dependency(language),
                manifests: files![
                    "package.json" = "assemblyscript/package.json.txt",
                    "asconfig.json" = "assemblyscript/asconfig.json.txt",
                    "assembly/tsconfig.json" = "assemblyscript/tsconfig.json.txt",
                    "test.mjs" = "assemblyscript/test.mjs.txt",
                ],
                programs: of_each_template!(assemblyscript),
            },
            Language::Typescript => Self {
                test: "npm install && npm test",
                sdk: dependency(language),
                manifests: files![
                    "package.json" = "typescript/package.json.txt",
                    "tsconfig.json" = "typescript/tsconfig.json.txt",
                ],
                programs: of_each_template!(typescript),
            },
        }
    }

    /// All files of a new project.
    pub fn files(&self, template: Template) -> Vec<File> {
        let index = template as usize;
        [SHARED, CONFIGS[index], self.manifests, self.programs[index]].concat()
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
