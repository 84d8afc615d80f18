//! Which language a folder is written in.

use std::fmt;
use std::path::Path;

/// The languages that `flux build` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Language {
    /// A crate, made a component by plain cargo
    Rust,
    /// A module, made a component by standard Go
    Go,
    /// A project, made a component by componentize-py
    Python,
    /// A package, bundled and made a component by componentize-js
    #[value(alias = "js", alias = "ts", alias = "javascript")]
    Typescript,
    /// A package, compiled by asc
    Assemblyscript,
}

impl Language {
    /// All of them, in the order that documentation lists them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::Go, Self::Python, Self::Typescript, Self::Assemblyscript];

    /// The language of the project in a folder, by the file that its own tools look for.
    pub fn of(folder: &Path) -> Option<Self> {
        let has = |file: &str| folder.join(file).is_file();
        match () {
            () if has("Cargo.toml") => Some(Self::Rust),
            () if has("go.mod") => Some(Self::Go),
            () if has("pyproject.toml") => Some(Self::Python),
            () if has("asconfig.json") => Some(Self::Assemblyscript),
            () if has("package.json") => Some(Self::Typescript),
            () => None,
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
