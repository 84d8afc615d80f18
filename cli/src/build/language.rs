//! Which language a folder is written in.

use std::fmt;
use std::path::Path;

/// The languages that `flux build` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Language {
    /// A crate, made a component by plain cargo
    #[value(alias = "rs")]
    Rust,
    /// A module, made a component by standard Go
    #[value(alias = "golang")]
    Go,
    /// A project, made a component by componentize-py
    #[value(alias = "py", alias = "python3")]
    Python,
    /// A package, bundled and made a component by componentize-js
    #[value(alias = "js", alias = "ts", alias = "javascript")]
    Typescript,
    /// A package, compiled by asc
    #[value(alias = "as")]
    Assemblyscript,
}

impl Language {
    /// All of them, in the order that documentation lists them. A package.json alone is TypeScript's.
    const ALL: [Self; 5] = [Self::Rust, Self::Go, Self::Python, Self::Assemblyscript, Self::Typescript];

    /// The language of the project in a folder, by the file that its own tools look for.
    pub fn of(folder: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|language| folder.join(language.manifests()[0]).is_file())
    }

    /// Whether a folder with the manifests of both languages is taken for this one.
    pub fn outranks(self, other: Self) -> bool {
        let rank = |language| Self::ALL.iter().position(|it| *it == language);
        rank(self) < rank(other)
    }

    /// The files that say what a project needs. The first is the one that tells the language.
    pub fn manifests(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &["Cargo.toml"],
            Self::Go => &["go.mod", "go.work"],
            Self::Python => &["pyproject.toml"],
            Self::Assemblyscript => &["asconfig.json", "package.json"],
            Self::Typescript => &["package.json", "tsconfig.json"],
        }
    }

    /// As `--lang` takes it, and as its SDK's folder is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::Python => "python",
            Self::Typescript => "typescript",
            Self::Assemblyscript => "assemblyscript",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::Python => "Python",
            Self::Typescript => "TypeScript",
            Self::Assemblyscript => "AssemblyScript",
        })
    }
}
