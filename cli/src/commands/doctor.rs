//! `flux doctor`.

mod builds;
mod tools;

use std::process::ExitCode;

use flux_api::{Check, Diagnosis, Health, Promise};
use flux_runtime::Operations;

use crate::context::Context;
use crate::printer;
use crate::printer::Page;
use crate::table::Column;

const CHECKS: [Column; 4] =
    [Column::keep("STATE"), Column::drop("AREA"), Column::cut("WHAT"), Column::cut("FOUND")];
const PROMISES: [Column; 5] = [
    Column::cut("TABLE"),
    Column::keep("BACK END"),
    Column::keep("KILL -9"),
    Column::cut("POWER CUT"),
    Column::drop("SHARED BY"),
];

/// Check whether the project can run here: tools, ports, services, clock, disk, secrets, and what each back end promises
///
/// Connects to the servers, and to the hosts of [fetch] that are not patterns. Creates, migrates and sends nothing.
///
/// Exit status: 0 it can run, maybe with warnings; 1 something will not work.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux doctor\n  flux doctor --json | jq '.checks[] | select(.health == \"failed\")'"
)]
pub struct Args {}

pub async fn run(context: &Context, _: &Args) -> anyhow::Result<ExitCode> {
    let operations = Operations::open(&context.project)?;
    let project = operations.project();
    let mut more = tools::check(project);
    more.extend(tokio::task::block_in_place(|| builds::check(project))?);
    let diagnosis = operations.diagnose(more).await;
    match context.json {
        true => context.print_json(&diagnosis)?,
        false => print(&diagnosis)?,
    }
    Ok(if diagnosis.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(diagnosis: &Diagnosis) -> anyhow::Result<()> {
    printer::table(&CHECKS, &diagnosis.checks.iter().map(row).collect::<Vec<_>>())?;
    printer::text("\n")?;
    printer::table(&PROMISES, &diagnosis.promises.iter().map(promise).collect::<Vec<_>>())?;
    let mut page = Page::default();
    let count = |health| diagnosis.checks.iter().filter(|check| check.health == health).count();
    let (failed, warnings) = (count(Health::Failed), count(Health::Warning));
    writeln!(page)?;
    for check in diagnosis.checks.iter().filter(|check| check.health != Health::Ok) {
        writeln!(page, "{}: {} {}: {}", check.health.name(), check.area, check.name, check.detail)?;
        if let Some(hint) = &check.hint {
            writeln!(page, "  hint: {hint}")?;
        }
    }
    let warnings = flux_host::count(warnings, "warning");
    match failed {
        0 => writeln!(page, "nothing stands in the way, {warnings}")?,
        failed => writeln!(page, "{failed} will not work, {warnings}")?,
    }
    Ok(printer::prose(&page, 2)?)
}

fn row(check: &Check) -> Vec<String> {
    let took = check.latency_ms.map(|ms| format!(", {ms:.1} ms")).unwrap_or_default();
    let state = check.health.name().to_owned();
    vec![state, check.area.clone(), check.name.clone(), format!("{}{took}", check.detail)]
}

fn promise(promise: &Promise) -> Vec<String> {
    let kill = if promise.survives_kill { "kept" } else { "lost" };
    let Promise { label, backend, power_cut, shared_by, .. } = promise;
    [label, backend, kill, power_cut, shared_by].map(|text| (*text).to_owned()).to_vec()
}
