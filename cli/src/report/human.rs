//! The report that people read.

use std::fmt;

use flux_recorder::{Difference, Divergence, Verdict, report};
use flux_runtime::ReplayedExecution;

use crate::commands::trace::cut;
use crate::printer::Page;
use crate::report::Replays;

const WIDTH: usize = 100;

/// The counts, then everything that is not identical.
pub fn human(replays: &Replays) -> Page {
    let mut out = Page::default();
    // Writing to a page does not fail.
    let _ = write_all(&mut out, replays);
    out
}

/// What there is to say of one execution.
pub fn execution(execution: &ReplayedExecution) -> Page {
    let mut out = Page::default();
    let _ = write_execution(&mut out, execution);
    out
}

fn write_all(out: &mut Page, replays: &Replays) -> fmt::Result {
    for execution in &replays.executions {
        write_execution(out, execution)?;
    }
    for (entry, count) in replays.tolerances() {
        writeln!(out, "tolerated by [replay] {entry}: {count} differences")?;
    }
    let against = replays.against.map(|digest| format!(" against {}", &digest.to_string()[..12]));
    let counts: Vec<_> =
        replays.counts().iter().map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
    writeln!(
        out,
        "{} replayed{}: {}",
        replays.executions.len(),
        against.unwrap_or_default(),
        counts.join(", ")
    )
}

fn write_execution(out: &mut Page, execution: &ReplayedExecution) -> fmt::Result {
    let ReplayedExecution { recording, report, unfaithful } = execution;
    let begin = &recording.begin;
    if report.verdict == Verdict::Identical && report.output.is_none() {
        return Ok(());
    }
    let (was, is) = (report::headline(&recording.end.outcome), report::headline(&report.outcome));
    let ended = if was == is { was } else { format!("{was}, now {is}") };
    let name = report.verdict.name();
    writeln!(out, "{name:<10} {}  {}  {}", begin.id, begin.trigger.name, cut(&ended, WIDTH))?;
    if *unfaithful {
        writeln!(out, "  THIS IS A BUG OF FLUX: the same guest must replay identically. Please report it.")?;
    }
    for divergence in &report.divergences {
        write_divergence(out, divergence)?;
    }
    if report.divergences.iter().any(Divergence::stops) {
        writeln!(
            out,
            "  stopped there: {} of {} recorded calls were answered",
            report.answered, report.recorded
        )?;
    }
    for input in &report.unrecorded_inputs {
        writeln!(out, "  note: it reads {input}, which was never recorded; answered as absent")?;
    }
    if report.output.is_some() {
        writeln!(out, "  note: its log or output differs (never a divergence by itself)")?;
    }
    Ok(())
}

fn write_divergence(out: &mut Page, divergence: &Divergence) -> fmt::Result {
    let code = divergence.code();
    match divergence {
        Divergence::Changed { index, asked, function, differences } => {
            writeln!(out, "  {code} changed: call {asked}, {function} (recorded as call {index})")?;
            write_differences(out, differences)?;
            let path = differences.first().map_or(function.as_str(), |difference| difference.path.as_str());
            writeln!(out, "      to allow it: add \"{path}\" to ignore under [replay] in flux.toml")
        }
        Divergence::Reordered { index, asked, function, args } => {
            writeln!(out, "  {code} reordered: call {asked}, {function}{}", cut(&args.to_string(), WIDTH))?;
            writeln!(
                out,
                "      it was call {index}; to allow it: add \"{function}\" to unordered under [replay]"
            )
        }
        Divergence::Missing { index, function, args } => {
            writeln!(
                out,
                "  {code} missing: recorded call {index}, {function}{}, was not made",
                cut(&args.to_string(), WIDTH)
            )
        }
        Divergence::Blocked { asked, function, args } => {
            writeln!(out, "  {code} blocked: call {asked}, {function}{}", cut(&args.to_string(), WIDTH))?;
            writeln!(out, "      it was never recorded, so there is no answer")
        }
        Divergence::Unknown { index, function, args } => {
            writeln!(
                out,
                "  {code} outcome unknown: call {index}, {function}{}",
                cut(&args.to_string(), WIDTH)
            )?;
            writeln!(out, "      it was made, and the process ended before it returned")
        }
        Divergence::Response { differences } => {
            writeln!(out, "  {code} the response differs")?;
            write_differences(out, differences)?;
            let path = differences.first().map_or("response", |difference| difference.path.as_str());
            writeln!(out, "      to allow it: add \"{path}\" to ignore under [replay] in flux.toml")
        }
        Divergence::Outcome { recorded, replayed } => {
            writeln!(out, "  {code} it ended in another way")?;
            writeln!(out, "      recorded  {}", cut(recorded, WIDTH))?;
            writeln!(out, "      replayed  {}", cut(replayed, WIDTH))
        }
    }
}

fn write_differences(out: &mut Page, differences: &[Difference]) -> fmt::Result {
    let side = |value: &Option<flux_recorder::Value>| match value {
        Some(value) => cut(&value.to_string(), WIDTH),
        None => "(nothing)".to_owned(),
    };
    for Difference { path, recorded, replayed } in differences {
        writeln!(out, "      {path}: recorded {}, now {}", side(recorded), side(replayed))?;
    }
    Ok(())
}
