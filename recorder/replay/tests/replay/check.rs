//! A recording, and what a replay of it says, as lines of text.

use std::sync::Arc;

use flux_recorder::{Digest, KeepAll, Recording, Redact, Session, Value};
use flux_replay::{Difference, Divergence, Replay, Report, Tolerances};

use crate::transcript::{lines, record, run};

/// Another build than the one that was recorded.
const OTHER: Digest = Digest([0xcd; 32]);

/// Tolerances of these entries.
pub fn tolerating(ignore: &[&str], unordered: &[&str]) -> Tolerances {
    Tolerances::parse(ignore, unordered).expect("entries as flux.toml has them")
}

/// Runs a guest as often as the replay of a recording asks for.
pub fn replay_by(
    recording: Recording,
    guest: Digest,
    tolerances: &Tolerances,
    redact: Arc<dyn Redact>,
    mut guest_runs: impl FnMut(&mut Session),
) -> Report {
    let mut replay = Replay::new(Arc::new(recording), Arc::new(tolerances.clone()), redact, guest);
    loop {
        guest_runs(&mut replay.session());
        if let Some(report) = replay.report().expect("a run that ended") {
            return report;
        }
    }
}

/// The same, by the guest that was recorded.
pub fn replay_same(bytes: Vec<u8>, guest_runs: impl FnMut(&mut Session)) -> Report {
    let recording = Recording::read(bytes).expect("a journal");
    let guest = recording.begin.guest;
    replay_by(recording, guest, &Tolerances::default(), Arc::new(KeepAll), guest_runs)
}

/// The session of a replay's first run.
pub fn session_of(bytes: Vec<u8>) -> Session {
    let recording = Arc::new(Recording::read(bytes).expect("a journal"));
    Replay::new(recording, Arc::default(), Arc::new(KeepAll), OTHER).session()
}

/// Records one transcript, replays another, and compares what is found with `expect`, line by line.
#[track_caller]
pub fn check(recorded: &str, replayed: &str, expect: &str) {
    check_with(&Tolerances::default(), recorded, replayed, expect);
}

#[track_caller]
pub fn check_with(tolerances: &Tolerances, recorded: &str, replayed: &str, expect: &str) {
    let (seen, report) = replay(record(recorded), replayed, tolerances, Arc::new(KeepAll));
    let found = seen.into_iter().chain(render(&report)).collect::<Vec<_>>().join("\n");
    let expect = lines(expect).collect::<Vec<_>>().join("\n");
    assert!(found == expect, "expected:\n{expect}\n\nfound:\n{found}\n");
}

pub fn replay(
    bytes: Vec<u8>,
    script: &str,
    tolerances: &Tolerances,
    redact: Arc<dyn Redact>,
) -> (Vec<String>, Report) {
    let recording = Recording::read(bytes).expect("a journal that was just recorded");
    let mut seen = Vec::new();
    let report = replay_by(recording, OTHER, tolerances, redact, |session| seen = run(session, script));
    (seen, report)
}

fn side(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// A report as lines: divergences, tolerances used, the verdict.
pub fn render(report: &Report) -> Vec<String> {
    let mut lines: Vec<_> = report.divergences.iter().flat_map(render_divergence).collect();
    for (entry, difference) in &report.tolerated {
        let (a, b) = (side(difference.recorded.as_ref()), side(difference.replayed.as_ref()));
        lines.push(format!("tolerated by {entry}: {}: {a} -> {b}", difference.path));
    }
    let Report { answered, recorded, .. } = report;
    lines.push(format!("{}, {answered} of {recorded} answered", report.verdict.name()));
    lines
}

fn render_divergence(divergence: &Divergence) -> Vec<String> {
    let changed = |prefix: String, differences: &[Difference]| -> Vec<String> {
        let line = |found: &Difference| {
            let (a, b) = (side(found.recorded.as_ref()), side(found.replayed.as_ref()));
            format!("{prefix} {}: {a} -> {b}", found.path)
        };
        differences.iter().map(line).collect()
    };
    let name = divergence.name();
    match divergence {
        Divergence::Changed { index, asked, differences, .. } => {
            changed(format!("{name} {index} asked {asked}:"), differences)
        }
        Divergence::Response { differences } => changed(format!("{name}:"), differences),
        Divergence::Reordered { index, asked, function, args } => {
            vec![format!("{name} {index} asked {asked}: {function}{args}")]
        }
        Divergence::Missing { index, function, args } | Divergence::Unknown { index, function, args } => {
            vec![format!("{name} {index}: {function}{args}")]
        }
        Divergence::Blocked { asked, function, args } => {
            vec![format!("{name} asked {asked}: {function}{args}")]
        }
        Divergence::Input { name, .. } => vec![format!("unrecorded {name}")],
        Divergence::Outcome { recorded, replayed } => vec![format!("{name}: {recorded} -> {replayed}")],
    }
}
