//! Calls: the same, inserted, removed, swapped, changed.

use flux_recorder::Tolerances;

use crate::transcript::{check, check_with};

#[test]
fn the_same_calls_are_identical() {
    let script = "kv.get cart -> 3
                  kv.set cart 4
                  return 200 | ok";
    check(script, script, "identical, 2 of 2 answered");
}

#[test]
fn an_inserted_call_is_blocked_and_the_rest_is_not_called_missing() {
    check(
        "kv.get cart -> 3
         kv.set cart 4",
        "kv.get cart
         queue.send mail
         kv.set cart 4",
        r#"stopped: the recording has no answer: call 1, queue.send, was never recorded
           blocked asked 1: queue.send("mail")
           blocked, 1 of 2 answered"#,
    );
}

#[test]
fn a_removed_call_is_missing_and_the_others_are_not_reordered() {
    check(
        "kv.get a
         kv.get b
         kv.get c",
        "kv.get a
         kv.get c",
        r#"missing 1: kv.get("b")
           diverged, 2 of 3 answered"#,
    );
}

#[test]
fn swapped_calls_are_reordered() {
    check(
        "kv.get a -> 1
         kv.set b 2",
        "kv.set b 2
         kv.get a",
        r#"reordered 0 asked 1: kv.get("a")
           diverged, 2 of 2 answered"#,
    );
}

#[test]
fn a_changed_argument_has_the_path_of_its_field() {
    check(
        r#"fetch.send pay | {"amount":100,"to":{"iban":"X"}}"#,
        r#"fetch.send pay | {"amount":100,"to":{"iban":"Y"}}"#,
        r#"changed 0 asked 0: fetch.send[1].to.iban: "X" -> "Y"
           diverged, 1 of 1 answered"#,
    );
}

#[test]
fn every_change_is_collected() {
    check(
        "kv.set a 1
         kv.get b
         kv.set c 3",
        "kv.set a 10
         kv.get b
         kv.set c 30 more",
        r#"changed 0 asked 0: kv.set[1]: 1 -> 10
           changed 2 asked 2: kv.set[1]: 3 -> 30
           changed 2 asked 2: kv.set[2]: nothing -> "more"
           diverged, 3 of 3 answered"#,
    );
}

#[test]
fn the_same_call_twice_needs_two_recorded_ones() {
    check(
        "kv.get a -> 1",
        "kv.get a
         kv.get a",
        r#"stopped: the recording has no answer: call 1, kv.get, was never recorded
           blocked asked 1: kv.get("a")
           blocked, 1 of 1 answered"#,
    );
}

#[test]
fn an_exact_match_behind_is_preferred_to_a_changed_one_ahead() {
    check(
        "kv.get a
         kv.get b
         kv.get c",
        "kv.get b
         kv.get a
         kv.get c",
        r#"reordered 0 asked 1: kv.get("a")
           diverged, 3 of 3 answered"#,
    );
}

#[test]
fn a_call_that_never_returned_is_unknown_and_stops_the_guest() {
    check(
        "kv.get a
         fetch.send pay -> ?
         crash",
        "kv.get a
         fetch.send pay
         kv.get b",
        r#"stopped: the recording has no answer: the outcome of call 1, fetch.send, is unknown
           outcome-unknown 1: fetch.send("pay")
           blocked, 1 of 2 answered"#,
    );
}

#[test]
fn ignored_paths_are_tolerated_and_listed() {
    let ignore = vec!["fetch.send[1].sent_at".to_owned(), "response.headers.date".to_owned()];
    check_with(
        &Tolerances { ignore, unordered: vec![] },
        r#"fetch.send pay | {"sent_at":1}
           return 200 date:mon"#,
        r#"fetch.send pay | {"sent_at":2}
           return 200 date:tue"#,
        r#"tolerated by ignore = "fetch.send[1].sent_at": fetch.send[1].sent_at: 1 -> 2
           tolerated by ignore = "response.headers.date": response.headers.date: "mon" -> "tue"
           equivalent, 1 of 1 answered"#,
    );
}

#[test]
fn an_ignored_path_covers_nothing_beside_it() {
    check_with(
        &Tolerances { ignore: vec!["fetch.send[*].sent_at".into(), String::new()], unordered: vec![] },
        r#"fetch.send | {"sent_at":1,"sent_at2":1}"#,
        r#"fetch.send | {"sent_at":2,"sent_at2":2}"#,
        r#"changed 0 asked 0: fetch.send[0].sent_at2: 1 -> 2
           tolerated by ignore = "fetch.send[*].sent_at": fetch.send[0].sent_at: 1 -> 2
           diverged, 1 of 1 answered"#,
    );
}

#[test]
fn unordered_functions_may_be_reordered_and_that_is_listed() {
    check_with(
        &Tolerances { ignore: vec![], unordered: vec!["kv.get".into()] },
        "kv.get a
         kv.get b",
        "kv.get b
         kv.get a",
        r#"tolerated by unordered = "kv.get": kv.get[order]: nothing -> nothing
           equivalent, 2 of 2 answered"#,
    );
}

#[test]
fn a_tolerance_that_was_not_needed_is_not_listed() {
    check_with(
        &Tolerances { ignore: vec!["response.body".into()], unordered: vec!["kv.get".into()] },
        "kv.get a",
        "kv.get a",
        "identical, 1 of 1 answered",
    );
}
