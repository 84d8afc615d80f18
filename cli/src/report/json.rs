//! The report that programs read. Keys are stable.

use flux_recorder::{Difference, Divergence, report};
use flux_runtime::ReplayedExecution;
use serde_json::{Value, json};

use crate::report::Replays;

/// One document.
pub fn json(replays: &Replays) -> Value {
    let counts: serde_json::Map<_, _> =
        replays.counts().iter().map(|(verdict, count)| (verdict.name().to_owned(), json!(count))).collect();
    json!({
        "against": replays.against.map(|digest| digest.to_string()),
        "pass": replays.pass(),
        "replayed": replays.executions.len(),
        "verdicts": counts,
        "tolerated": replays.tolerances().iter().map(|(entry, count)| json!({ "entry": entry, "count": count })).collect::<Vec<_>>(),
        "executions": replays.executions.iter().map(execution).collect::<Vec<_>>(),
    })
}

fn execution(it: &ReplayedExecution) -> Value {
    let begin = &it.recording.begin;
    json!({
        "id": begin.id,
        "kind": begin.trigger.kind,
        "name": begin.trigger.name,
        "guest": begin.guest.to_string(),
        "verdict": it.report.verdict.name(),
        "recorded": report::headline(&it.recording.end.outcome),
        "replayed": report::headline(&it.report.outcome),
        "calls": { "recorded": it.report.recorded, "answered": it.report.answered },
        "divergences": it.report.divergences.iter().map(divergence).collect::<Vec<_>>(),
        "unrecordedInputs": it.report.unrecorded_inputs,
        "outputDiffers": it.report.output.is_some(),
        "unfaithful": it.unfaithful,
    })
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
    };
    value["code"] = json!(it.code());
    value["kind"] = json!(it.name());
    value["index"] = json!(it.index());
    value
}

fn all(differences: &[Difference]) -> Vec<Value> {
    let text = |value: &Option<flux_recorder::Value>| value.as_ref().map(ToString::to_string);
    let one = |it: &Difference| json!({ "path": it.path, "recorded": text(&it.recorded), "replayed": text(&it.replayed) });
    differences.iter().map(one).collect()
}
