//! The report that programs read. Keys are stable. It is one document, written as the executions come.

use flux_recorder::{Digest, Output, Value as Recorded};
use flux_replay::{Difference, Divergence, OutputDifference, headline, relaid};
use flux_runtime::{OperationError, ReplayedExecution, Told};
use serde_json::{Value, json};

use super::next;
use super::totals::Totals;
use crate::errors::problem;

/// The beginning of the document, with the first execution; or one more.
pub fn element(told: &Told, is_first: bool) -> String {
    let before = if is_first { "{\n\"executions\": [\n" } else { ",\n" };
    let value = match told {
        Told::Replayed(it) => execution(it),
        Told::NotRun { name, error } => not_run(name, error),
        Told::OtherGuest => Value::Null,
    };
    format!("{before}{value:#}")
}

/// Everything after the executions.
pub fn end(totals: &Totals, against: Option<Digest>) -> String {
    let before = if totals.is_first() { "{\n\"executions\": [" } else { "\n" };
    let counts: serde_json::Map<_, _> =
        totals.counts().iter().map(|(verdict, count)| (verdict.name().to_owned(), json!(count))).collect();
    let tolerated: Vec<_> =
        totals.tolerated.iter().map(|(entry, count)| json!({ "entry": entry, "count": count })).collect();
    let rest = json!({
        "against": against.map(|digest| digest.to_string()),
        "pass": totals.pass(),
        "replayed": totals.replayed(),
        "notRun": totals.not_run,
        "otherGuests": totals.others,
        "interrupted": totals.interrupted,
        "running": totals.running,
        "fields": { "compared": totals.fields.0, "ignored": totals.fields.1 },
        "verdicts": counts,
        "tolerated": tolerated,
    });
    let rest = format!("{rest:#}");
    format!("{before}],\n{}\n", rest.trim_start_matches('{').trim_start())
}

fn not_run(name: &str, error: &OperationError) -> Value {
    let problem = problem(error);
    let causes: String = problem.causes.iter().map(|cause| format!(": {cause}")).collect();
    let error = format!("{}{causes}", problem.error);
    json!({ "id": name, "verdict": "not run", "error": error, "code": problem.code, "hint": problem.hint })
}

fn execution(it: &ReplayedExecution) -> Value {
    let (begin, report) = (&it.begin, &it.report);
    json!({
        "id": begin.id,
        "kind": begin.trigger.kind,
        "name": begin.trigger.name,
        "guest": begin.guest.to_string(),
        "verdict": report.verdict.name(),
        "reason": report.reason,
        "recorded": headline(&it.recorded),
        "replayed": headline(&report.outcome),
        "calls": { "recorded": report.recorded, "answered": report.answered },
        "fields": { "compared": report.compared, "ignored": report.ignored },
        "omitted": report.omitted,
        "divergences": report.divergences.iter().map(divergence).collect::<Vec<_>>(),
        "unrecordedInputs": report.divergences.iter().filter_map(input).collect::<Vec<_>>(),
        "hint": next::step(begin, report),
        "outputDiffers": report.output.is_some(),
        "output": report.output.as_ref().map(output),
        "unfaithful": it.unfaithful,
    })
}

/// The first line that differs.
fn output(it: &OutputDifference) -> Value {
    let line = |line: &Output| json!({ "level": line.level, "message": line.message, "fields": line.fields });
    json!({
        "line": it.line,
        "recorded": it.recorded.as_ref().map(line),
        "replayed": it.replayed.as_ref().map(line),
    })
}

fn input(it: &Divergence) -> Option<&str> {
    match it {
        Divergence::Input { name, .. } => Some(name),
        _ => None,
    }
}

fn divergence(it: &Divergence) -> Value {
    let mut value = match it {
        Divergence::Changed { asked, function, differences, .. } => {
            json!({ "asked": asked, "function": function, "differences": all(differences) })
        }
        Divergence::Reordered { asked, function, args, .. } => {
            json!({ "asked": asked, "function": function, "args": args.to_string() })
        }
        Divergence::Missing { function, args, .. } | Divergence::Unknown { function, args, .. } => {
            json!({ "function": function, "args": args.to_string() })
        }
        Divergence::Blocked { asked, function, args } => {
            json!({ "asked": asked, "function": function, "args": args.to_string() })
        }
        Divergence::Response { differences } => json!({ "differences": all(differences) }),
        Divergence::Outcome { recorded, replayed } => json!({ "recorded": recorded, "replayed": replayed }),
        Divergence::Input { name, path } => json!({ "input": name, "path": path.to_string() }),
    };
    value["code"] = json!(it.code());
    value["kind"] = json!(it.name());
    value["index"] = json!(it.index());
    if let Divergence::Changed { differences, .. } | Divergence::Response { differences } = it {
        value["layout"] = relaid(differences).iter().map(|text| text.path.to_string()).collect();
    }
    value
}

fn all(differences: &[Difference]) -> Vec<Value> {
    let text = |value: &Option<Recorded>| value.as_ref().map(ToString::to_string);
    let one = |it: &Difference| {
        json!({
            "path": it.path.to_string(),
            "kind": it.kind.name(),
            "recorded": text(&it.recorded),
            "replayed": text(&it.replayed),
        })
    };
    differences.iter().map(one).collect()
}
