//! What differs between two executions, in words that name the place.

use flux_recorder::{Effect, Outcome, Recording, Value};
use flux_replay::{Difference, Divergence, Report, Verdict};

/// A part of a recording: its bytes, which are compared, and its text, which is shown.
struct Part {
    bytes: Vec<u8>,
    text: String,
}

/// What a recording has that the reference has not, or the other way round: of each kind the first.
/// Only effects and what belongs to `flux:host` count: what a language's run time asks of WASI is its own.
pub fn differences(reference: &Recording, recording: &Recording) -> Vec<String> {
    let kinds = [calls, inputs, outputs, outcome].map(|parts| (parts(reference), parts(recording)));
    kinds.iter().filter_map(|(expected, actual)| first_difference(expected, actual)).collect()
}

fn first_difference(expected: &[Part], actual: &[Part]) -> Option<String> {
    let of = |parts: &[Part], at: usize| {
        parts.get(at).map_or((Vec::new(), "nothing".to_owned()), |it| (it.bytes.clone(), it.text.clone()))
    };
    (0..expected.len().max(actual.len())).find_map(|at| {
        let (expected, actual) = (of(expected, at), of(actual, at));
        (expected.0 != actual.0).then(|| format!("number {at}: {}", apart(&expected.1, &actual.1)))
    })
}

fn spelt(bytes: &[u8]) -> String {
    Value::read(bytes).map_or_else(|error| error.to_string(), |value| value.to_string())
}

/// Each call with its arguments and its answer, in their order.
fn calls(of: &Recording) -> Vec<Part> {
    let call = |(at, effect): (usize, &Effect)| {
        let (function, args, result) = (&effect.function, of.args(at), of.result(at));
        let answer = result.map_or_else(|| "no answer".to_owned(), spelt);
        let bytes = [function.as_bytes(), args, result.unwrap_or_default()].concat();
        Part { bytes, text: format!("{function}{} = {answer}", spelt(args)) }
    };
    of.effects.iter().enumerate().map(call).collect()
}

/// Clocks, configuration, secrets and labels that were opened, each with what was read.
fn inputs(of: &Recording) -> Vec<Part> {
    let streams = of.ambient_streams().into_iter().filter(|stream| !is_engines(stream));
    let readings = streams.flat_map(|stream| {
        (0..of.ambient_len(stream)).map(move |at| (stream, of.ambient(stream, at).unwrap_or_default()))
    });
    let part = |(stream, value): (&str, &[u8])| Part {
        bytes: [stream.as_bytes(), value].concat(),
        text: format!("{stream} = {}", spelt(value)),
    };
    readings.map(part).collect()
}

/// What an engine asks by itself, such as which call was answered next.
fn is_engines(stream: &str) -> bool {
    stream.starts_with("wasi.") || stream.starts_with("v8.")
}

/// The log. What a guest writes to stdout and stderr is its language's.
fn outputs(of: &Recording) -> Vec<Part> {
    let lines = of.output.iter().filter(|line| !line.level.starts_with("std"));
    let text = lines.map(|line| format!("{line:?}"));
    text.map(|text| Part { bytes: text.clone().into_bytes(), text }).collect()
}

fn outcome(of: &Recording) -> Vec<Part> {
    vec![match &of.end.outcome {
        Outcome::Returned(value) => Part { bytes: value.clone(), text: spelt(value) },
        Outcome::Failed { kind, message, .. } => {
            let text = format!("{}: {message}", kind.name());
            Part { bytes: text.clone().into_bytes(), text }
        }
    }]
}

/// Where two texts go apart, with what is around.
pub fn apart(expected: &str, actual: &str) -> String {
    let same = expected.bytes().zip(actual.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let from = text.floor_char_boundary(same.saturating_sub(80));
        let to = text.floor_char_boundary(same + 200);
        text[from.min(to)..to].to_owned()
    };
    format!("at byte {same}\n    expected … {}\n    and has  … {}", around(expected), around(actual))
}

/// What a replay found that is not identical: divergences, the log.
pub fn replayed_differences(report: &Report) -> Vec<String> {
    let mut found: Vec<_> = report.divergences.iter().map(told).collect();
    if let Some(output) = &report.output {
        found.push(format!("another log: {output:?}"));
    }
    if found.is_empty() && report.verdict != Verdict::Identical {
        found.push(report.verdict.name().to_owned());
    }
    found
}

fn told(divergence: &Divergence) -> String {
    let all = |differences: &[Difference]| differences.iter().map(one).collect::<Vec<_>>().join("; ");
    match divergence {
        Divergence::Changed { index, function, differences, .. } => {
            format!("call {index}, {function}: {}", all(differences))
        }
        Divergence::Response { differences } => all(differences),
        Divergence::Input { name, .. } => format!("reads {name}, which was not read"),
        Divergence::Outcome { recorded, replayed } => apart(recorded, replayed),
        Divergence::Reordered { index, function, args, .. }
        | Divergence::Missing { index, function, args }
        | Divergence::Unknown { index, function, args } => {
            format!("call {index}, {function}{args}: {}", divergence.name())
        }
        Divergence::Blocked { asked, function, args } => format!("asked {asked}, {function}{args}: blocked"),
    }
}

fn one(difference: &Difference) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{} {}", difference.path, apart(&text(&difference.recorded), &text(&difference.replayed)))
}
