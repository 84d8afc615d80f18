//! `flux add`.

mod calls;
mod edit;
mod section;
mod what;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use flux_host::regular::{self, MAX_TEXT};
use flux_runtime::{ConfigError, Project};
use serde_json::json;

use crate::build::{Language, Options, of_project, put_with};
use crate::context::Context;
use crate::errors::CliError;
use crate::printer;
use crate::printer::Page;
use section::Section;
use what::What;

/// Add a database, a bucket, a queue, a host, a schedule or a secret to flux.toml
///
/// Also shows how the guest calls it. Comments, order and existing sections of flux.toml stay as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flux add db main\n  flux add kv cache\n  flux add queue mail\n  \
    flux add fetch api.example.com\n  flux add cron nightly --schedule '0 3 * * *'\n  \
    flux add secret payments_key --host https://api.example.com\n  flux add kv cache --dry-run")]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// Only show what would be added
    #[arg(long, global = true)]
    dry_run: bool,
}

/// What there is to say of an addition.
struct Added {
    file: PathBuf,
    section: Section,
    /// Whether flux.toml did not have it before.
    is_new: bool,
    languages: Vec<Language>,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let file = Project::file_at(&context.project);
    let cannot = || format!("cannot read {}", file.display());
    // Whoever adds something at the same time waits, and then reads what was written.
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let turn = std::fs::File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    let project = Project::read(&context.project)?;
    let _turn = turn.with_context(cannot)?;
    let text = regular::read_text(&file, MAX_TEXT).with_context(cannot)?;
    let mut section = Section::of(&args.what, &project)?;
    let edited = edit::add(&text, &section)?;
    if let Some(edited) = &edited {
        check(&project, edited)?;
        if !args.dry_run {
            replace(&file, edited)?;
        }
    }
    if edited.is_none()
        && let Some(there) = edit::there(&text, &section)
    {
        section = section.found(there);
    }
    let added = Added { file, section, is_new: edited.is_some(), languages: languages(&project) };
    match context.json {
        true => print_json(context, &added, args.dry_run)?,
        false => print_text(&added, args.dry_run)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The languages of the project's guests; a guest that is a component has none.
fn languages(project: &Project) -> Vec<Language> {
    let guests = of_project(project, &Options::default());
    let mut languages: Vec<_> = guests.iter().filter_map(|guest| Language::of(&guest.source)).collect();
    languages.sort_unstable();
    languages.dedup();
    languages
}

/// Whole or not at all, with the rights that the file had: this command makes what it writes private.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    // Where it is a link, the file that it leads to is written.
    let real = file.canonicalize().with_context(cannot)?;
    let there = real.metadata().with_context(cannot)?;
    // Another file takes its place: one that may not be written to stays all the same.
    std::fs::OpenOptions::new().write(true).open(&real).with_context(cannot)?;
    put_with(&real, text.as_bytes(), Some(there.permissions()))
}

/// Refuses a text that would have mistakes. Their lines are those of a text that nobody has.
fn check(project: &Project, text: &str) -> anyhow::Result<()> {
    match project.check_text(text) {
        Err(ConfigError::Wrong { mistakes, .. }) if !mistakes.is_empty() => {
            let messages: Vec<_> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
            let hints: Vec<_> = mistakes.iter().map(|mistake| mistake.hint.as_str()).collect();
            Err(CliError::new(format!("{}; nothing was written", messages.join("; ")), hints.join("; "))
                .into())
        }
        checked => Ok(checked?),
    }
}

fn print_json(context: &Context, added: &Added, dry_run: bool) -> anyhow::Result<()> {
    let call = |language: &Language| {
        let (code, handler) =
            (calls::of(&added.section.kind, *language), calls::handler(&added.section.kind, *language));
        json!({ "language": language.name(), "code": code, "handler": handler })
    };
    Ok(context.print_json(&json!({
        "file": added.file, "text": added.section.text, "new": added.is_new,
        "written": added.is_new && !dry_run, "note": added.section.note,
        "calls": added.languages.iter().map(call).collect::<Vec<_>>(),
    }))?)
}

fn print_text(added: &Added, dry_run: bool) -> anyhow::Result<()> {
    let mut page = Page::default();
    let file = added.file.display();
    match (added.is_new, dry_run) {
        (false, _) => writeln!(page, "{file} has it already, and was not changed:")?,
        (true, true) => writeln!(page, "would be added to {file}:")?,
        (true, false) => writeln!(page, "added to {file}:")?,
    }
    indent(&mut page, &added.section.text)?;
    for language in &added.languages {
        writeln!(page, "in {language}:")?;
        indent(&mut page, &calls::of(&added.section.kind, *language))?;
        if let Some(handler) = calls::handler(&added.section.kind, *language) {
            writeln!(page, "and the handler, in the guest that the queue names:")?;
            indent(&mut page, &handler)?;
        }
    }
    for note in added.section.note.iter().flat_map(|note| note.lines()) {
        writeln!(page, "{note}")?;
    }
    Ok(printer::text(&page)?)
}

fn indent(page: &mut Page, text: &str) -> std::fmt::Result {
    text.lines().try_for_each(|line| writeln!(page, "  {line}"))
}
