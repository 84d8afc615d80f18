//! The handler's result, part by part.

use std::sync::Arc;

use flux_recorder::{End, KeepAll, Outcome, Recording};
use flux_replay::{Divergence, Tolerances, Verdict};

use crate::check::{check, replay_by};
use crate::transcript::record;

#[test]
fn a_status_has_its_path() {
    check(
        "return 200",
        "return 404",
        "response: response.status: 200 -> 404
         diverged, 0 of 0 answered",
    );
}

#[test]
fn headers_are_compared_by_name() {
    check(
        "return 200 age:1 etag:x gone:1",
        "return 200 etag:y age:1 new:1",
        r#"response: response.headers.etag: "x" -> "y"
           response: response.headers.gone: "1" -> nothing
           response: response.headers.new: nothing -> "1"
           response: response.headers[order]: ["age", "etag"] -> ["etag", "age"]
           diverged, 0 of 0 answered"#,
    );
}

#[test]
fn headers_in_another_order_are_not_identical() {
    check(
        "return 200 a:1 b:2",
        "return 200 b:2 a:1",
        r#"response: response.headers[order]: ["a", "b"] -> ["b", "a"]
           diverged, 0 of 0 answered"#,
    );
}

#[test]
fn a_json_body_has_paths() {
    check(
        r#"return 200 | {"items":[{"id":1,"n":2},{"id":2}],"total":3.5}"#,
        r#"return 200 | {"items":[{"id":1,"n":3}],"total":3.5,"tax":null}"#,
        r#"response: response.body.items[0].n: 2 -> 3
           response: response.body.items[1]: {id: 2} -> nothing
           response: response.body.tax: nothing -> null
           diverged, 0 of 0 answered"#,
    );
}

#[test]
fn the_same_json_in_other_bytes_is_another_body() {
    check(
        r#"return 200 | {"a":1,"b":2}"#,
        r#"return 200 | {"b":2, "a":1}"#,
        r#"response: response.body[order]: ["a", "b"] -> ["b", "a"]
           response: response.body[layout]: b"{\"a\":1,\"b\":2}" -> b"{\"b\":2, \"a\":1}"
           diverged, 0 of 0 answered"#,
    );
}

#[test]
fn another_body_is_compared_as_a_whole() {
    check(
        "return 200 | hello",
        "return 200 | hallo",
        r#"response: response.body: b"hello" -> b"hallo"
           diverged, 0 of 0 answered"#,
    );
}

#[test]
fn failures_are_compared_by_kind_and_message() {
    let same = "fail trap unreachable";
    check(same, same, "identical, 0 of 0 answered");
    check(
        same,
        "fail trap out of bounds",
        "outcome: trap: unreachable -> trap: out of bounds
         diverged, 0 of 0 answered",
    );
    check("fail time-limit after 31 ms", "fail time-limit after 30 ms", "identical, 0 of 0 answered");
}

#[test]
fn results_that_cannot_be_read_are_still_compared() {
    let mut recording = Recording::read(record("return 200")).expect("a journal");
    recording.end.outcome = Outcome::Returned(vec![0xff, 1]);
    let guest = recording.begin.guest;
    let end = End { outcome: Outcome::Returned(vec![0xff, 2]), elapsed_ns: 0, peak_memory: 0 };
    let report = replay_by(recording, guest, &Tolerances::default(), Arc::new(KeepAll), |session| {
        session.end(end.clone()).expect("an end");
    });
    assert_eq!(report.verdict, Verdict::Diverged);
    assert!(
        matches!(&report.divergences[..], [Divergence::Response { differences }] if differences.len() == 1)
    );
}
