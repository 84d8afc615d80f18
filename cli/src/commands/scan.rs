//! `flux scan`.

use std::process::ExitCode;

use flux_api::{Finding, Scan};
use flux_host::count;
use flux_runtime::Operations;

use crate::context::Context;
use crate::printer;
use crate::select::{Select, spinner};
use crate::table::Column;

const COLUMNS: [Column; 5] = [
    Column::cut("WHAT"),
    Column::keep("WHERE"),
    Column::cut("EVENT"),
    Column::cut("PATH"),
    Column::drop("BYTES"),
];
/// Something was found.
const FOUND: u8 = 1;
/// Nothing was found, but not everything was looked for or looked through.
const INCOMPLETE: u8 = 3;

/// Search recordings for values that should have been redacted
///
/// Finds the values of the secrets that flux.toml names (as they are, in base64, percent-encoded, in
/// JSON and in hex), and values that the present [record.redact] would have hidden. Shows their places
/// and lengths, never the values.
///
/// Exit status: 0 nothing found; 1 something; 2 the scan could not run; 3 nothing found, but a secret is not set
/// here and could not be looked for, or a recording could not be read.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux scan\n  flux scan --since 24h --patterns\n  flux scan --files --json\n  flux scan 3f9a41c2b7d0\n\
    After you have made [record.redact] stricter, flux scan shows the older recordings that do not comply with it."
)]
pub struct Args {
    /// Ids (or six digits of their beginning or end), or recordings (*.fluj). Without any: all recordings
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
    let operations = Operations::open(&context.project)?;
    let guest = args.select.filter.guest.as_deref();
    let query = match args.what.is_empty() || args.select.is_some() || guest.is_some() {
        true => Some(operations.query(args.select.selection(), guest).await?),
        false => None,
    };
    let spinner = spinner("scanning");
    let scan =
        operations.scan(&args.what, query.as_ref(), args.patterns, args.files, || spinner.inc(1)).await;
    spinner.finish_and_clear();
    let scan = scan?;
    match context.json {
        true => context.print_json(&scan)?,
        false => print(&scan)?,
    }
    Ok(match (scan.found, scan.unchecked.len() + scan.unreadable.len()) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(INCOMPLETE),
        _ => ExitCode::from(FOUND),
    })
}

fn print(scan: &Scan) -> std::io::Result<()> {
    if !scan.findings.is_empty() {
        printer::table(&COLUMNS, &scan.findings.iter().map(row).collect::<Vec<_>>())?;
    }
    let more = scan.found - scan.findings.len() as u64;
    if more > 0 {
        printer::text(&format!("… and {more} more\n"))?;
    }
    for unchecked in &scan.unchecked {
        printer::note(&format!("not looked for: the secret '{}': {}", unchecked.secret, unchecked.why));
    }
    for what in &scan.unreadable {
        printer::note(&format!("not read: {what}"));
    }
    let files = if scan.files > 0 { format!(" and {}", count(scan.files, "file")) } else { String::new() };
    printer::text(&format!("{}{files} searched, {} found\n", count(scan.executions, "execution"), scan.found))
}

fn row(finding: &Finding) -> Vec<String> {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let name = text(&finding.name);
    let what = match (finding.kind.as_str(), finding.form.as_deref()) {
        ("secret", Some("raw") | None) => format!("secret {name}"),
        ("secret", Some(form)) => format!("secret {name} ({form})"),
        ("pattern", _) => format!("like: {name}"),
        _ => "[record.redact]".to_owned(),
    };
    let (place, event) = match (&finding.file, finding.offset) {
        (Some(file), Some(offset)) => (file.clone(), format!("byte {offset}")),
        _ => (text(&finding.execution), text(&finding.event)),
    };
    vec![what, place, event, text(&finding.path), finding.length.to_string()]
}
