//! The report that programs read: a `flux_api::Replay`, written execution by execution as they come.

use flux_api::{
    CallCounts, Difference, Divergence, FieldCounts, NotRun, OutputDifference, OutputLine, ReplayTotals,
    Replayed, ReplayedExecution, Tolerated,
};
use flux_recorder::{Digest, Output, Value};
use flux_replay::{headline, relaid};
use flux_runtime::{OperationError, Told};
use serde::Serialize;

use super::next;
use super::totals::Totals;
use crate::errors::problem;

/// The beginning of the document, with the first execution; or one more. `in_line`: without line breaks.
pub fn element(told: &Told, is_first: bool, in_line: bool) -> String {
    let before = match (is_first, in_line) {
        (true, false) => "{\n\"executions\": [\n",
        (true, true) => "{\"executions\":[",
        (false, false) => ",\n",
        (false, true) => ",",
    };
    let value = match told {
        Told::Replayed(it) => Some(Replayed::Execution(Box::new(execution(it)))),
        Told::NotRun { name, error } => Some(Replayed::NotRun(not_run(name, error))),
        Told::OtherGuest => None,
    };
    format!("{before}{}", text(&value, in_line))
}

/// Everything after the executions.
pub fn end(totals: &Totals, against: Option<Digest>, in_line: bool) -> String {
    let break_line = if in_line { "" } else { "\n" };
    let verdicts = totals.counts();
    let tolerated = totals.tolerated.iter();
    let tolerated = tolerated.map(|(entry, count)| Tolerated { entry: entry.clone(), count: *count });
    let rest = ReplayTotals {
        against: against.map(|digest| digest.to_string()),
        pass: totals.pass(),
        replayed: totals.replayed(),
        not_run: totals.not_run,
        other_guests: totals.others,
        interrupted: totals.interrupted,
        running: totals.running,
        fields: FieldCounts { compared: totals.fields.0, ignored: totals.fields.1 },
        verdicts: verdicts.into_iter().map(|(verdict, count)| (verdict.name().to_owned(), count)).collect(),
        tolerated: tolerated.collect(),
    };
    let rest = text(&rest, in_line);
    format!("{break_line}],{break_line}{}\n", rest.trim_start_matches('{').trim_start())
}

/// Texts and numbers always have a JSON form.
fn text(value: &impl Serialize, in_line: bool) -> String {
    let text = if in_line { serde_json::to_string(value) } else { serde_json::to_string_pretty(value) };
    text.unwrap_or_default()
}

fn not_run(name: &str, error: &OperationError) -> NotRun {
    let problem = problem(error);
    let causes: String = problem.causes.iter().map(|cause| format!(": {cause}")).collect();
    NotRun {
        id: name.to_owned(),
        verdict: "not run".to_owned(),
        error: format!("{}{causes}", problem.error),
        code: problem.code,
        hint: problem.hint,
    }
}

fn execution(it: &flux_runtime::ReplayedExecution) -> ReplayedExecution {
    let (begin, report) = (&it.begin, &it.report);
    let inputs = report.divergences.iter().filter_map(|it| match it {
        flux_replay::Divergence::Input { name, .. } => Some(name.clone()),
        _ => None,
    });
    ReplayedExecution {
        id: begin.id.to_string(),
        kind: begin.trigger.kind.clone(),
        name: begin.trigger.name.clone(),
        guest: begin.guest.to_string(),
        verdict: report.verdict.name().to_owned(),
        reason: report.reason.map(str::to_owned),
        recorded: headline(&it.recorded),
        replayed: headline(&report.outcome),
        calls: CallCounts { recorded: report.recorded, answered: report.answered },
        fields: FieldCounts { compared: report.compared, ignored: report.ignored },
        omitted: report.omitted,
        divergences: report.divergences.iter().map(divergence).collect(),
        unrecorded_inputs: inputs.collect(),
        hint: next::step(begin, report),
        output_differs: report.output.is_some(),
        output: report.output.as_ref().map(output),
        unfaithful: it.unfaithful,
    }
}

/// The first line that differs.
fn output(it: &flux_replay::OutputDifference) -> OutputDifference {
    let line = |line: &Output| OutputLine {
        level: line.level.clone(),
        message: line.message.clone(),
        fields: line.fields.clone(),
    };
    OutputDifference {
        line: it.line,
        recorded: it.recorded.as_ref().map(line),
        replayed: it.replayed.as_ref().map(line),
    }
}

fn divergence(it: &flux_replay::Divergence) -> Divergence {
    use flux_replay::Divergence as Found;
    let (code, kind) = (it.code().to_owned(), it.name().to_owned());
    let common = Divergence { code, kind, index: it.index(), ..Divergence::default() };
    let call = |asked: Option<usize>, function: &str, args: &Value| Divergence {
        asked,
        function: Some(function.to_owned()),
        args: Some(args.to_string()),
        ..common.clone()
    };
    match it {
        Found::Changed { asked, function, differences, .. } => Divergence {
            asked: Some(*asked),
            function: Some(function.clone()),
            differences: Some(all(differences)),
            layout: Some(layout(differences)),
            ..common
        },
        Found::Reordered { asked, function, args, .. } | Found::Blocked { asked, function, args } => {
            call(Some(*asked), function, args)
        }
        Found::Missing { function, args, .. } | Found::Unknown { function, args, .. } => {
            call(None, function, args)
        }
        Found::Response { differences } => {
            Divergence { differences: Some(all(differences)), layout: Some(layout(differences)), ..common }
        }
        Found::Outcome { recorded, replayed } => {
            Divergence { recorded: Some(recorded.clone()), replayed: Some(replayed.clone()), ..common }
        }
        Found::Input { name, path } => {
            Divergence { input: Some(name.clone()), path: Some(path.to_string()), ..common }
        }
    }
}

fn all(differences: &[flux_replay::Difference]) -> Vec<Difference> {
    let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
    let one = |it: &flux_replay::Difference| Difference {
        path: it.path.to_string(),
        kind: it.kind.name().to_owned(),
        recorded: text(&it.recorded),
        replayed: text(&it.replayed),
    };
    differences.iter().map(one).collect()
}

fn layout(differences: &[flux_replay::Difference]) -> Vec<String> {
    relaid(differences).iter().map(|text| text.path.to_string()).collect()
}
