//! The report that people read.

use std::fmt;

use flux_recorder::{Digest, Value};
use flux_replay::{Difference, Divergence, Verdict, headline};
use flux_runtime::{OperationError, ReplayedExecution, Told};

use super::totals::Totals;
use crate::errors::problem;
use crate::printer::{Page, cut};

const WIDTH: usize = 100;
/// How many entries of flux.toml a hint names.
const HINTS: usize = 8;

/// What there is to tell of one recording: nothing, if all of it is as it was.
pub fn one(told: &Told) -> Page {
    let mut out = Page::default();
    // Writing to a page does not fail.
    let _ = match told {
        Told::Replayed(it) => write_execution(&mut out, it),
        Told::NotRun { name, error } => write_not_run(&mut out, name, error),
        Told::OtherGuest => Ok(()),
    };
    out
}

/// The tolerances that were used, and the counts.
pub fn end(totals: &Totals, against: Option<Digest>) -> Page {
    let mut out = Page::default();
    let _ = write_end(&mut out, totals, against);
    out
}

fn write_end(out: &mut Page, totals: &Totals, against: Option<Digest>) -> fmt::Result {
    for (entry, count) in &totals.tolerated {
        writeln!(out, "tolerated by [replay] {entry}: {count} differences")?;
    }
    let (compared, ignored) = totals.fields;
    if ignored > 0 {
        writeln!(out, "{compared} fields were compared, {ignored} were ignored")?;
    }
    if totals.others > 0 {
        let of = if totals.others == 1 { "execution" } else { "executions" };
        writeln!(out, "{} {of} of other guests left out: --against replaces one guest", totals.others)?;
    }
    if totals.interrupted > 0 {
        writeln!(
            out,
            "{} interrupted left out: flux replay ID compares what there is of one",
            totals.interrupted
        )?;
    }
    if totals.running > 0 {
        writeln!(out, "{} left out that still ran", totals.running)?;
    }
    let against = against.map(|digest| format!(" against {}", &digest.to_string()[..12]));
    let counts = totals.counts();
    let mut counts: Vec<_> =
        counts.iter().map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
    if totals.not_run > 0 {
        counts.push(format!("{} could not run", totals.not_run));
    }
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    writeln!(out, "{} replayed{}{counts}", totals.replayed(), against.unwrap_or_default())
}

fn write_not_run(out: &mut Page, name: &str, error: &OperationError) -> fmt::Result {
    let problem = problem(error);
    let code = problem.code.map(|code| format!("{code} ")).unwrap_or_default();
    let causes: String = problem.causes.iter().map(|cause| format!(": {cause}")).collect();
    writeln!(out, "{:<10} {name}  {code}{}{causes}", "not run", problem.error)?;
    match problem.hint {
        Some(hint) => writeln!(out, "  hint: {hint}"),
        None => Ok(()),
    }
}

fn write_execution(out: &mut Page, execution: &ReplayedExecution) -> fmt::Result {
    let ReplayedExecution { begin, recorded, report, unfaithful } = execution;
    if report.verdict == Verdict::Identical && report.output.is_none() {
        return Ok(());
    }
    let short = |outcome| cut(&headline(outcome), WIDTH / 2);
    let (was, is) = (short(recorded), short(&report.outcome));
    let ended = if was == is { was } else { format!("{was}, now {is}") };
    let name = report.verdict.name();
    writeln!(out, "{name:<10} {}  {}  {}", begin.id, begin.trigger.name, ended)?;
    if let Some(reason) = report.reason {
        writeln!(out, "  {reason}")?;
    }
    if *unfaithful {
        writeln!(out, "  THIS IS A BUG OF FLUX: the same guest must replay identically. Please report it.")?;
    }
    for divergence in &report.divergences {
        write_divergence(out, divergence)?;
    }
    if report.divergences.iter().any(Divergence::stops) {
        let (answered, recorded) = (report.answered, report.recorded);
        writeln!(out, "  stopped there: {answered} of {recorded} recorded calls were answered")?;
    }
    if report.omitted > 0 {
        writeln!(out, "  and {} differences more", report.omitted)?;
    }
    if report.output.is_some() {
        writeln!(out, "  note: its log or output differs (never a divergence by itself)")?;
    }
    Ok(())
}

fn write_divergence(out: &mut Page, divergence: &Divergence) -> fmt::Result {
    let code = divergence.code();
    let shown = |args: &Value| cut(&args.to_string(), WIDTH);
    match divergence {
        Divergence::Changed { index, asked, function, differences } => {
            writeln!(out, "  {code} changed: call {asked}, {function} (recorded as call {index})")?;
            write_differences(out, differences)
        }
        Divergence::Reordered { index, asked, function, args } => {
            writeln!(out, "  {code} reordered: call {asked}, {function}{}", shown(args))?;
            writeln!(
                out,
                "      it was call {index}; to allow it: add \"{function}\" to unordered under [replay]"
            )
        }
        Divergence::Missing { index, function, args } => {
            writeln!(out, "  {code} missing: recorded call {index}, {function}{}, was not made", shown(args))
        }
        Divergence::Blocked { asked, function, args } => {
            writeln!(out, "  {code} blocked: call {asked}, {function}{}", shown(args))?;
            writeln!(out, "      it was never recorded, so there is no answer")
        }
        Divergence::Unknown { index, function, args } => {
            writeln!(out, "  {code} outcome unknown: call {index}, {function}{}", shown(args))?;
            writeln!(out, "      it was made, and nothing says what came of it")
        }
        Divergence::Response { differences } => {
            writeln!(out, "  {code} the response differs")?;
            write_differences(out, differences)
        }
        Divergence::Outcome { recorded, replayed } => {
            let (recorded, replayed) = (cut(recorded, WIDTH), cut(replayed, WIDTH));
            writeln!(out, "  {code} it ended in another way")?;
            writeln!(out, "      recorded  {recorded}")?;
            writeln!(out, "      now       {replayed}")
        }
        Divergence::Input { name, path } => {
            writeln!(out, "  {code} it reads {name}, which was never recorded; it was answered as absent")?;
            writeln!(out, "      to allow it: add {} to ignore under [replay] in flux.toml", path.to_toml())
        }
    }
}

/// The fields, and the entries that would cover them: exactly as wide as the differences.
fn write_differences(out: &mut Page, differences: &[Difference]) -> fmt::Result {
    let side = |value: &Option<Value>| match value {
        Some(value) => cut(&value.to_string(), WIDTH),
        None => "(nothing)".to_owned(),
    };
    for Difference { path, recorded, replayed, .. } in differences {
        writeln!(out, "      {path}: recorded {}, now {}", side(recorded), side(replayed))?;
    }
    let mut entries: Vec<_> = differences.iter().take(HINTS).map(|it| it.path.to_toml()).collect();
    if differences.len() > HINTS {
        entries.push("…".to_owned());
    }
    let it = if differences.len() == 1 { "it" } else { "them" };
    writeln!(out, "      to allow {it}: add {} to ignore under [replay] in flux.toml", entries.join(", "))
}
