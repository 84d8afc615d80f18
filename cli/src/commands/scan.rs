//! `flux scan`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use flux_runtime::{Archive, Finding, Needles, Project, Scanner, What};
use flux_store::Summary;
use serde_json::{Value, json};

use crate::commands::trace;
use crate::errors::CliError;
use crate::select::{Select, progress};
use crate::{Context, printer};

/// How many executions are listed at once.
const PAGE: u32 = 500;
/// How many findings are kept; more are counted.
const MOST: usize = 10_000;
/// How much of a file is read at once.
const CHUNK: usize = 1 << 20;

/// Look through recordings for what should have been redacted
///
/// Finds the values of the secrets that flux.toml names (as they are, in base64, percent-encoded, in
/// JSON and in hex), and what [record.redact] as it is now would not have let through. Shows where it
/// stands and how long it is, never what it is.
///
/// Exit status: 0 nothing found; 1 something; 2 the scan could not run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux scan\n  flux scan --since 24h --patterns\n  flux scan --files --json\n  flux scan 3f9a41c2b7d0\n\
    Before a policy gets stricter: edit [record.redact], then flux scan shows which recordings it comes too late for."
)]
pub struct Args {
    /// Ids (or six digits of their beginning or end), or recordings (*.fluj); none: all there are
    what: Vec<String>,
    #[command(flatten)]
    select: Select,
    /// Also look for what looks like credentials or personal data: JWTs, AWS keys, private keys, card
    /// numbers, e-mail addresses
    #[arg(long)]
    patterns: bool,
    /// Also look for secrets in every file of the data folder
    #[arg(long)]
    files: bool,
}

pub async fn run(context: &Context, args: &Args) -> anyhow::Result<ExitCode> {
    let project = Project::read(&context.project)?;
    let scanner = project.scanner(args.patterns)?;
    let mut found = Found::default();
    let archive = Archive::open(&project).await?;
    scan_named(&archive, &scanner, &args.what, &mut found).await?;
    if args.what.is_empty() || args.select.is_some() {
        scan_archive(&archive, &scanner, &args.select, &mut found).await?;
    }
    if args.files {
        scan_folder(&project.data(), scanner.needles(), &mut found)?;
    }
    match context.json {
        true => printer::json(&found.json(scanner.needles()))?,
        false => found.print(scanner.needles())?,
    }
    Ok(if found.count == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What was found, and in what.
#[derive(Default)]
struct Found {
    executions: u64,
    files: u64,
    count: usize,
    findings: Vec<(Place, What, usize)>,
    unreadable: Vec<String>,
}

enum Place {
    Event { id: String, event: String, path: String },
    File { path: PathBuf, offset: u64 },
}

impl Found {
    fn add(&mut self, place: Place, what: What, length: usize) {
        self.count += 1;
        if self.findings.len() < MOST {
            self.findings.push((place, what, length));
        }
    }

    fn journal(&mut self, scanner: &Scanner, id: &str, journal: &[u8]) {
        self.executions += 1;
        match scanner.journal(journal) {
            Ok(found) => {
                for Finding { event, path, what, length } in found {
                    self.add(Place::Event { id: id.to_owned(), event, path }, what, length);
                }
            }
            Err(error) => self.unreadable.push(format!("{id}: {error}")),
        }
    }

    fn json(&self, needles: &Needles) -> Value {
        let unchecked = needles.unchecked().iter().map(|(name, why)| json!({ "secret": name, "why": why }));
        json!({
            "executions": self.executions,
            "files": self.files,
            "found": self.count,
            "findings": self.findings.iter().map(as_json).collect::<Vec<_>>(),
            "unchecked": unchecked.collect::<Vec<_>>(),
            "unreadable": self.unreadable,
        })
    }

    fn print(&self, needles: &Needles) -> std::io::Result<()> {
        if !self.findings.is_empty() {
            printer::table(
                &["WHAT", "WHERE", "EVENT", "PATH", "BYTES"],
                &self.findings.iter().map(row).collect::<Vec<_>>(),
            )?;
        }
        if self.count > MOST {
            printer::text(&format!("… and {} more\n", self.count - MOST))?;
        }
        for (name, why) in needles.unchecked() {
            printer::note(&format!("not looked for: the secret '{name}': {why}"));
        }
        for what in &self.unreadable {
            printer::note(&format!("not read: {what}"));
        }
        let files = if self.files > 0 { format!(" and {} files", self.files) } else { String::new() };
        printer::text(&format!(
            "{} executions{files} looked through, {} found\n",
            self.executions, self.count
        ))
    }
}

fn as_json((place, what, length): &(Place, What, usize)) -> Value {
    let mut value = match place {
        Place::Event { id, event, path } => json!({ "execution": id, "event": event, "path": path }),
        Place::File { path, offset } => json!({ "file": path.display().to_string(), "offset": offset }),
    };
    let (kind, name, form) = named(what);
    value["kind"] = json!(kind);
    value["name"] = json!(name);
    value["form"] = json!(form);
    value["length"] = json!(length);
    value
}

/// The kind of a finding, its name and its form.
fn named(what: &What) -> (&'static str, Option<&str>, Option<&'static str>) {
    match what {
        What::Secret { name, form } => ("secret", Some(name), Some(form)),
        What::Policy => ("policy", None, None),
        What::Pattern(pattern) => ("pattern", Some(pattern), None),
    }
}

fn row((place, what, length): &(Place, What, usize)) -> Vec<String> {
    let what = match what {
        What::Secret { name, form: "raw" } => format!("secret {name}"),
        What::Secret { name, form } => format!("secret {name} ({form})"),
        What::Policy => "[record.redact]".to_owned(),
        What::Pattern(pattern) => format!("like: {pattern}"),
    };
    match place {
        Place::Event { id, event, path } => {
            vec![what, id.clone(), event.clone(), path.clone(), length.to_string()]
        }
        Place::File { path, offset } => {
            vec![
                what,
                path.display().to_string(),
                format!("byte {offset}"),
                String::new(),
                length.to_string(),
            ]
        }
    }
}

/// A page at a time: however many executions there are, few are in memory.
async fn scan_archive(
    archive: &Archive,
    scanner: &Scanner,
    select: &Select,
    found: &mut Found,
) -> anyhow::Result<()> {
    let mut selection = select.selection();
    let mut left = selection.last.unwrap_or(u32::MAX);
    let mut bar = None;
    while left > 0 {
        selection.last = Some(left.min(PAGE));
        let page: Vec<Summary> = archive.list(&selection).await?;
        let Some(last) = page.last() else { break };
        selection.before = Some(last.id);
        left -= u32::try_from(page.len()).unwrap_or(left).min(left);
        let more = page.len() as u64;
        match &bar {
            None => bar = Some(progress("scanning", more)),
            Some(bar) => bar.inc_length(more),
        }
        for summary in page {
            if let Some(journal) = archive.journal(summary.id).await? {
                found.journal(scanner, &summary.id.to_string(), &journal);
            }
            bar.iter().for_each(|bar| bar.inc(1));
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    Ok(())
}

async fn scan_named(
    archive: &Archive,
    scanner: &Scanner,
    what: &[String],
    found: &mut Found,
) -> anyhow::Result<()> {
    for name in what {
        if Path::new(name).is_file() {
            let journal = std::fs::read(name).with_context(|| format!("cannot read {name}"))?;
            found.journal(scanner, name, &journal);
            continue;
        }
        let id = trace::find(archive, name).await?;
        let journal = archive.journal(id).await?;
        let gone = || CliError::new(format!("the execution {id} is gone"), "list the last ones: flux tail");
        found.journal(scanner, &id.to_string(), &journal.ok_or_else(gone)?);
    }
    Ok(())
}

fn scan_folder(folder: &Path, needles: &Needles, found: &mut Found) -> anyhow::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        // Logs and segments come and go.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let kind = entry.file_type().with_context(|| format!("cannot read {}", entry.path().display()))?;
        if kind.is_dir() {
            scan_folder(&entry.path(), needles, found)?;
        } else if kind.is_file() {
            scan_file(&entry.path(), needles, found)?;
        }
    }
    Ok(())
}

fn scan_file(path: &Path, needles: &Needles, found: &mut Found) -> anyhow::Result<()> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        file => file.with_context(|| format!("cannot read {}", path.display()))?,
    };
    found.files += 1;
    // What may begin in one chunk and end in the next is kept for the next.
    let overlap = needles.longest().saturating_sub(1);
    let (mut chunk, mut start) = (Vec::new(), 0_u64);
    loop {
        let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
        let read = read.with_context(|| format!("cannot read {}", path.display()))?;
        let keep = if read == 0 { 0 } else { overlap.min(chunk.len()) };
        let searched = chunk.len() - keep;
        for (offset, what, length) in needles.find(&chunk) {
            if offset < searched {
                found.add(Place::File { path: path.to_owned(), offset: start + offset as u64 }, what, length);
            }
        }
        if read == 0 {
            return Ok(());
        }
        chunk.drain(..searched);
        start += searched as u64;
    }
}
