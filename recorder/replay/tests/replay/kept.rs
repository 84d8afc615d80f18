//! The recordings of every released format, replayed.

use std::path::Path;

use flux_recorder::{End, Step, Value, returned};

use crate::check::replay_same;

/// What the guest of a replay is handed of a recording, and whether it matches when it is passed on.
#[track_caller]
fn check_passed_on(name: &str, expect: &str, pass: impl Fn(&str) -> Vec<(&'static str, Value)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let report = replay_same(bytes, |session| {
        let secret = session.secret("psp", || None).expect("a secret").expect("a value");
        assert_eq!(secret, expect);
        for (function, args) in pass(&secret) {
            assert!(matches!(session.begin::<Value>(function, &args), Ok(Step::Return(_))), "{function}");
        }
        session.end(End { outcome: returned(&200u16), elapsed_ns: 0, peak_memory: 0 }).expect("an end");
    });
    let of_calls: Vec<_> = report.divergences.iter().filter(|found| found.index().is_some()).collect();
    assert!(of_calls.is_empty(), "{of_calls:?}");
}

#[test]
fn a_recording_of_1_0_replays_as_before() {
    check_passed_on("1.0/order.fluj", "{{secret psp}}", |secret| {
        let text = |text: &str| Value::String(text.to_owned());
        let body = Value::Bytes(format!("{{\"token\":\"{secret}\",\"amount\":100}}").into_bytes());
        vec![
            ("db.connection.query", Value::Tuple(vec![text("select 1"), Value::Bool(true)])),
            ("fetch.send", Value::Tuple(vec![text("POST"), body, Value::Option(None)])),
        ]
    });
}

#[test]
fn a_recording_of_1_1_replays_in_every_spelling() {
    let token = "secret-psp-d3b1972474fa3c4a248bab08ed268cc2/-72f094cf9314a58b";
    check_passed_on("1.1/hidden.fluj", token, |secret| {
        let args = [format!("Bearer {secret}"), format!("?key={}", secret.replace('/', "%2F"))];
        let [header, query] = args.map(Value::String);
        vec![("fetch.send", Value::Tuple(vec![header, query, Value::String("{{secret psp}}".to_owned())]))]
    });
}
