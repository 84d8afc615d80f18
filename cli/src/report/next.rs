//! What to do about an execution that came to where its recording has no answer.

use flux_recorder::Begin;
use flux_replay::{Divergence, Report, Verdict};

/// How to go on; none: the guest came to its end by recorded answers.
pub fn step(begin: &Begin, report: &Report) -> Option<String> {
    let stopped_by = report.divergences.iter().find(|it| it.stops());
    let again = match begin.trigger.kind.as_str() {
        "http" => "send the request again",
        "job" => "send the job again",
        "cron" => "wait for the next run of the schedule",
        _ => "start it again",
    };
    let whole = "what is recorded then has every answer";
    Some(match (stopped_by, report.verdict) {
        (Some(Divergence::Unknown { function, .. }), _) => {
            format!(
                "ask the other side of {function} whether it happened; then run the new build and {again}"
            )
        }
        (_, Verdict::Progressed) => {
            format!("to see the rest, run the new build (flux run) and {again}: {whole}")
        }
        (None, _) => return None,
        _ => format!("to follow it further, run the new build (flux run) and {again}: {whole}"),
    })
}
