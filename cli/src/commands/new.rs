//! `flux new`.

mod destination;
mod kit;
mod project;
mod template;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use flux_host::count;
use serde_json::json;

use super::build::Engine;
use crate::build::Language;
use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::printer::Page;
use destination::Destination;
use kit::Kit;
use project::NewProject;
use template::Template;

/// Make a project that builds and runs at once
///
/// It has tests in the language's own tool, and a recording in fixtures/ that a replay compares your code with.
/// Existing files are never overwritten.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux new hello                               Rust, answering GET /hello/{name}\n  \
    flux new shop --lang go --template service   the same in Go\n  \
    flux new notes --lang python --template crud\n  \
    flux new . --engine v8                       TypeScript, in this folder, which names the project\n  \
    flux new --list                              what there is\n\
    Then, in its folder: flux up"
)]
pub struct Args {
    /// The project's folder; `.` is this one
    #[arg(required_unless_present = "list")]
    folder: Option<PathBuf>,
    /// The project's name [default: the folder's]
    #[arg(long)]
    name: Option<String>,
    /// The language [default: rust, or typescript with --engine v8]
    #[arg(long, value_enum)]
    lang: Option<Language>,
    /// What it does
    #[arg(long, value_enum, default_value_t = Template::Service)]
    template: Template,
    /// What runs it; V8 runs TypeScript
    #[arg(long, value_enum, default_value_t = Engine::Wasm)]
    engine: Engine,
    /// Only list the templates and the languages
    #[arg(long)]
    list: bool,
}

impl Args {
    /// The language that is named; else what the engine runs.
    fn language(&self) -> Language {
        let usual = if self.engine == Engine::V8 { Language::Typescript } else { Language::Rust };
        self.lang.unwrap_or(usual)
    }
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.folder {
        Some(folder) if !args.list => make(context, args, folder)?,
        _ => list(context)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn make(context: &Context, args: &Args, folder: &Path) -> anyhow::Result<()> {
    check_engine(args)?;
    let name = args.name.clone().unwrap_or_else(|| name_of(folder));
    check_name(&name)?;
    let language = args.language();
    let (template, kit) = (args.template, Kit::of(language));
    let project = NewProject { name, language, template, engine: args.engine.into(), kit };
    let destination = Destination::find(folder, &project)?;
    destination.write(&project)?;
    match context.json {
        true => print_json(context, folder, &project, &destination),
        false => print_text(folder, &project, &destination),
    }
}

fn print_json(
    context: &Context,
    folder: &Path,
    project: &NewProject,
    destination: &Destination<'_>,
) -> anyhow::Result<()> {
    let files: Vec<_> = destination.new.iter().map(|file| file.path).collect();
    let next = project.next();
    Ok(context.print_json(&json!({
        "name": project.name, "path": folder, "language": project.language.name(),
        "template": project.template.name(), "files": files, "kept": destination.kept,
        "next": [next.test, next.serve, next.try_it, next.replay],
    }))?)
}

fn print_text(folder: &Path, project: &NewProject, destination: &Destination<'_>) -> anyhow::Result<()> {
    let mut page = Page::default();
    let (name, language, template) = (&project.name, project.language, project.template.name());
    writeln!(
        page,
        "made {name}: template {template} in {language}, {}",
        count(destination.new.len(), "file")
    )?;
    for path in &destination.kept {
        writeln!(page, "kept your {path}")?;
    }
    if destination.kept.contains(&".gitignore") {
        writeln!(page, "add to it: /.flux/ and what {language} leaves")?;
    }
    let next = project.next();
    writeln!(page, "next:")?;
    if folder != Path::new(".") {
        writeln!(page, "  cd {}", quoted(folder))?;
    }
    writeln!(page, "  {}", next.test)?;
    writeln!(page, "  {}", next.replay)?;
    writeln!(page, "  {}", next.serve)?;
    writeln!(page, "  {}  # in another shell", next.try_it)?;
    Ok(printer::text(&page)?)
}

/// As a shell takes it for one word. A name that no shell takes is shown as it is.
fn quoted(folder: &Path) -> String {
    let text = folder.to_string_lossy();
    shlex::try_quote(&text).map_or_else(|_| text.to_string(), |quoted| quoted.into_owned())
}

fn list(context: &Context) -> anyhow::Result<()> {
    let templates = described(Template::value_variants());
    let languages = described(Language::value_variants());
    if context.json {
        let objects = |rows: &[Vec<String>]| -> Vec<_> {
            rows.iter().map(|row| json!({ "name": row[0], "about": row[1] })).collect()
        };
        let document = json!({ "templates": objects(&templates), "languages": objects(&languages) });
        return Ok(context.print_json(&document)?);
    }
    let mut page = Page::default();
    for (title, rows) in [("templates", templates), ("languages", languages)] {
        writeln!(page, "{title}:")?;
        rows.iter().try_for_each(|row| writeln!(page, "  {:<16}{}", row[0], row[1]))?;
    }
    Ok(printer::text(&page)?)
}

/// The name and the help of each value.
fn described<T: ValueEnum>(values: &[T]) -> Vec<Vec<String>> {
    let values = values.iter().filter_map(ValueEnum::to_possible_value);
    let about = |value: &PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
    values.map(|value| vec![value.get_name().to_owned(), about(&value)]).collect()
}

/// The name of a folder, whatever leads to it: `.` and `..` have names too.
fn name_of(folder: &Path) -> String {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the guest would only be refused for when it is built.
fn check_engine(args: &Args) -> Result<(), CliError> {
    if args.engine == Engine::Wasm {
        return Ok(());
    }
    if args.language() != Language::Typescript {
        let message = format!("{} does not run on V8", args.language());
        return Err(CliError::new(message, "add --lang typescript, or leave --engine v8 out"));
    }
    if !cfg!(feature = "v8") {
        let hint = "build flux with it: cargo build --release --features v8; or leave --engine v8 out";
        return Err(CliError::new("this flux was built without V8", hint));
    }
    Ok(())
}

/// A name that the manifests of all languages take.
fn check_name(name: &str) -> Result<(), CliError> {
    let is_name = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_'
    };
    let starts = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !starts || !name.chars().all(is_name) || name.len() > 64 {
        let hint = format!(
            "a lower-case letter, then lower-case letters, digits, '-' and '_', 64 at the most; --name gives another \
             name than the folder's: --name {}",
            similar(name)
        );
        return Err(CliError::new(format!("'{name}' is not a valid name for a project"), hint));
    }
    if kit::TAKEN.contains(&name) {
        let hint = format!(
            "a package that its build needs has this name: choose another one, such as --name {name}-app"
        );
        return Err(CliError::new(format!("'{name}' is taken"), hint));
    }
    Ok(())
}

/// A name that can be used, as similar as it goes.
fn similar(name: &str) -> String {
    let lower = name.to_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let joined: String = parts.collect::<Vec<_>>().join("-").chars().take(40).collect();
    match joined.trim_matches('-') {
        "" => "shop".to_owned(),
        name if name.starts_with(|letter: char| letter.is_ascii_digit()) => format!("app-{name}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_suggested_can_be_used() {
        let long = "Long ".repeat(40);
        for (name, expect) in
            [("My App", "my-app"), ("café", "caf"), ("Шоп", "shop"), ("3d", "app-3d"), ("a.b", "a-b")]
        {
            assert_eq!(similar(name), expect);
        }
        for name in ["My App", "café", "Шоп", "3d", "-x", "..", &long] {
            check_name(&similar(name)).expect("it can be used");
        }
    }
}
