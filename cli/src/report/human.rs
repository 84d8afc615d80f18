//! The report that people read.

use std::fmt;

use flux_host::count;
use flux_recorder::{Digest, FailureKind, Outcome, Output};
use flux_replay::{Divergence, OutputDifference, Verdict, headline};
use flux_runtime::{OperationError, ReplayedExecution, Told};

use super::causes::{Causes, Group};
use super::totals::Totals;
use super::{divergences, next};
use crate::errors::problem;
use crate::printer::{Page, cut};

const WIDTH: usize = 100;

/// What there is to tell of one recording: nothing, if all of it is as it was. `all`: each divergence, also
/// those of one kind.
pub fn one(told: &Told, all: bool) -> Page {
    let mut out = Page::default();
    // Writing to a page does not fail.
    let _ = match told {
        Told::Replayed(it) => write_execution(&mut out, it, all),
        Told::NotRun { name, error } => write_not_run(&mut out, name, error),
        Told::OtherGuest => Ok(()),
    };
    out
}

/// The executions that were counted and not told, because they look like one that was.
pub fn alike(causes: &Causes) -> Page {
    let mut out = Page::default();
    let _ = causes.repeated().iter().try_for_each(|group| write_group(&mut out, group));
    out
}

fn write_group(out: &mut Page, group: &Group) -> fmt::Result {
    let Group { verdict, cause, count, ids, triggers } = group;
    writeln!(out, "{count} executions look alike: {}, {cause}", verdict.name())?;
    let triggers: Vec<_> = triggers.iter().map(|(trigger, count)| format!("{trigger} ({count})")).collect();
    let more = if *count > ids.len() { ", …" } else { "" };
    writeln!(out, "  {}: {}{more}  (each of them: --all)", triggers.join(", "), ids.join(", "))
}

/// The tolerances that were used, and the counts.
pub fn end(totals: &Totals, against: Option<Digest>) -> Page {
    let mut out = Page::default();
    let _ = write_end(&mut out, totals, against);
    out
}

fn write_end(out: &mut Page, totals: &Totals, against: Option<Digest>) -> fmt::Result {
    for (entry, times) in &totals.tolerated {
        writeln!(out, "tolerated by [replay] {entry}: {}", count(*times, "difference"))?;
    }
    let (compared, ignored) = totals.fields;
    if ignored > 0 {
        writeln!(out, "{} compared, {ignored} ignored", count(compared, "field"))?;
    }
    if totals.others > 0 {
        let others = count(totals.others, "execution");
        writeln!(out, "{others} of other guests left out: --against replaces one guest")?;
    }
    if totals.interrupted > 0 {
        writeln!(
            out,
            "{} interrupted left out: flux replay ID compares one as far as it goes",
            totals.interrupted
        )?;
    }
    if totals.running > 0 {
        writeln!(out, "{} left out that still ran", totals.running)?;
    }
    let against = against.map(|digest| format!(" against {}", digest.short()));
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

/// Whether an execution is more than a number in the totals.
pub fn has_something_to_tell(execution: &ReplayedExecution) -> bool {
    execution.report.verdict != Verdict::Identical || execution.report.output.is_some()
}

fn write_execution(out: &mut Page, execution: &ReplayedExecution, all: bool) -> fmt::Result {
    let ReplayedExecution { begin, recorded, report, unfaithful } = execution;
    if !has_something_to_tell(execution) {
        return Ok(());
    }
    let short = |outcome| cut(&headline(outcome), WIDTH / 2);
    let was = short(recorded);
    // Where and why is told below.
    let is_stopped = matches!(report.outcome, Outcome::Failed { kind: FailureKind::Blocked, .. });
    let is = if is_stopped { "stopped".to_owned() } else { short(&report.outcome) };
    let ended = if was == is { was } else { format!("{was}, now {is}") };
    let name = report.verdict.name();
    writeln!(out, "{name:<10} {}  {}  {}", begin.id, begin.trigger.name, ended)?;
    if let Some(reason) = report.reason {
        writeln!(out, "  {reason}")?;
    }
    if *unfaithful {
        writeln!(out, "  THIS IS A BUG OF FLUX: the same guest must replay identically. Please report it.")?;
    }
    divergences::write(out, &report.divergences, all)?;
    if report.divergences.iter().any(Divergence::stops) {
        let (answered, recorded) = (report.answered, report.recorded);
        writeln!(out, "  stopped there: {answered} of {recorded} recorded calls were answered")?;
    }
    if let Some(step) = next::step(begin, report) {
        writeln!(out, "  hint: {step}")?;
    }
    if report.omitted > 0 {
        writeln!(out, "  and {}", count(report.omitted, "more difference"))?;
    }
    match &report.output {
        Some(output) => write_output(out, output),
        None => Ok(()),
    }
}

fn write_output(out: &mut Page, output: &OutputDifference) -> fmt::Result {
    let OutputDifference { line, recorded, replayed } = output;
    writeln!(out, "  note: its log or output differs, first in line {line} (never a divergence by itself)")?;
    writeln!(out, "      recorded  {}", printed(recorded.as_ref()))?;
    writeln!(out, "      now       {}", printed(replayed.as_ref()))
}

/// A line of output, as `flux trace` has it.
fn printed(line: Option<&Output>) -> String {
    let Some(Output { level, message, fields }) = line else { return "(nothing more)".to_owned() };
    let fields: String = fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    cut(&format!("{level}: {message}{fields}"), WIDTH)
}
