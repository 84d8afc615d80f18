//! Calls: the same, inserted, removed, swapped, changed.

use crate::check::{check, check_with, tolerating};

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
        r#"reordered 1 asked 0: kv.set("b", 2)
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
        r#"reordered 1 asked 0: kv.get("b")
           diverged, 3 of 3 answered"#,
    );
}

#[test]
fn ignored_paths_are_tolerated_and_listed() {
    check_with(
        &tolerating(&["fetch.send[1].sent_at", "response.headers.date"], &[]),
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
        &tolerating(&["fetch.send.*.sent_at"], &[]),
        r#"fetch.send | {"sent_at":1,"sent_at2":1}"#,
        r#"fetch.send | {"sent_at":2,"sent_at2":2}"#,
        r#"changed 0 asked 0: fetch.send[0].sent_at2: 1 -> 2
           tolerated by ignore = "fetch.send.*.sent_at": fetch.send[0].sent_at: 1 -> 2
           diverged, 1 of 1 answered"#,
    );
}

#[test]
fn unordered_functions_may_be_reordered_and_that_is_listed() {
    check_with(
        &tolerating(&[], &["kv.get"]),
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
        &tolerating(&["response.body"], &["kv.get"]),
        "kv.get a",
        "kv.get a",
        "identical, 1 of 1 answered",
    );
}

#[test]
fn an_inserted_call_takes_the_answer_of_no_other() {
    check(
        "kv.get a -> 1
         kv.get b -> 2
         kv.get c -> 3",
        "kv.get new
         kv.get a
         kv.get b
         kv.get c",
        r#"stopped: the recording has no answer: call 0, kv.get, was never recorded
           blocked asked 0: kv.get("new")
           blocked, 0 of 3 answered"#,
    );
}

#[test]
fn a_dropped_call_is_the_one_that_is_missing() {
    check(
        "kv.get a -> 1
         kv.set a 2
         kv.get a -> 2",
        "kv.set a 2
         kv.get a",
        r#"missing 0: kv.get("a")
           diverged, 2 of 3 answered"#,
    );
}

#[test]
fn a_call_that_is_made_early_is_the_one_that_moved() {
    check(
        "kv.get a
         kv.get b
         kv.get c
         kv.set d 1",
        "kv.set d 1
         kv.get a
         kv.get b
         kv.get c",
        r#"reordered 3 asked 0: kv.set("d", 1)
           diverged, 4 of 4 answered"#,
    );
}

#[test]
fn unordered_covers_a_swap_in_both_directions() {
    let reads = tolerating(&[], &["kv.get"]);
    let tolerated = r#"tolerated by unordered = "kv.get": kv.get[order]: nothing -> nothing
        equivalent, 2 of 2 answered"#;
    check_with(&reads, "kv.get a\n kv.set b 2", "kv.set b 2\n kv.get a", tolerated);
    check_with(&reads, "kv.set b 2\n kv.get a", "kv.get a\n kv.set b 2", tolerated);
}

#[test]
fn tolerances_take_part_in_matching() {
    let sent_at = |a: u32, b: u32| {
        format!("fetch.send pay | {{\"to\":{a},\"at\":{a}}}\n fetch.send pay | {{\"to\":{b},\"at\":{b}}}")
    };
    // Swapped, and the ignored values not with them.
    let replayed = r#"fetch.send pay | {"to":2,"at":1}
                      fetch.send pay | {"to":1,"at":2}"#;
    let ignore = ["fetch.send.*.at"];
    check_with(
        &tolerating(&ignore, &["fetch.send"]),
        &sent_at(1, 2),
        replayed,
        r#"tolerated by ignore = "fetch.send.*.at": fetch.send[1].at: 2 -> 1
           tolerated by unordered = "fetch.send": fetch.send[order]: nothing -> nothing
           tolerated by ignore = "fetch.send.*.at": fetch.send[1].at: 1 -> 2
           equivalent, 2 of 2 answered"#,
    );
    check_with(
        &tolerating(&ignore, &[]),
        &sent_at(1, 1),
        r#"fetch.send pay | {"to":1,"at":7}
           fetch.send pay | {"to":1,"at":1}"#,
        r#"tolerated by ignore = "fetch.send.*.at": fetch.send[1].at: 1 -> 7
           equivalent, 2 of 2 answered"#,
    );
}

#[test]
fn one_inserted_of_a_thousand_is_one_divergence() {
    let call = |number: u32| format!("kv.get key{number}");
    let recorded: Vec<_> = (0..1000).map(call).collect();
    let mut asked = recorded.clone();
    asked.insert(500, "kv.get new".to_owned());
    check(
        &recorded.join("\n"),
        &asked.join("\n"),
        r#"stopped: the recording has no answer: call 500, kv.get, was never recorded
           blocked asked 500: kv.get("new")
           blocked, 500 of 1000 answered"#,
    );
}
