//! `flux new`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::errors::CliError;
use crate::{Context, printer};

/// Make a project that builds and runs at once
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project's folder and name
    name: PathBuf,
    /// The language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
}

/// The languages that have a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// A component of crate flux-sdk
    Rust,
}

/// The template's files: their path in the project, their text.
const RUST: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("../templates/rust/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("../templates/rust/lib.rs.txt")),
    ("flux.toml", include_str!("../templates/rust/flux.toml.txt")),
    (".gitignore", "/target\n/.flux\n"),
];

pub fn run(_: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let name = args.name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.is_empty()
        || !name.chars().all(is_name)
        || !name.starts_with(|letter: char| letter.is_ascii_alphabetic())
    {
        return Err(CliError::new(
            format!("'{name}' is no name for a crate"),
            "letters, digits, '-' and '_'",
        )
        .into());
    }
    if args.name.exists() {
        return Err(CliError::new(format!("{} exists", args.name.display()), "choose another name").into());
    }
    let Language::Rust = args.lang;
    for (path, text) in RUST {
        let text = text.replace("{{name}}", name).replace("{{sdk}}", &sdk());
        write(&args.name.join(path), &text)?;
    }
    printer::text(&format!("made {name}. Now: cd {} && flux run\n", args.name.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(cannot)?;
    }
    std::fs::write(path, text).with_context(cannot)
}

/// Where the SDK is: beside the source that this command was built from, else in the registry.
fn sdk() -> String {
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdks/rust"));
    match source.canonicalize() {
        Ok(path) => format!("{{ path = {:?} }}", path.display().to_string()),
        Err(_) => format!("{:?}", env!("CARGO_PKG_VERSION")),
    }
}
