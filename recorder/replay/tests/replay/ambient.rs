//! Clocks, inputs and randomness: read more often or in another order, they do not diverge.

use flux_recorder::{Recording, Streams};

use crate::check::{check, session_of};
use crate::transcript::{record, run};

#[test]
fn extra_clock_reads_go_on_from_the_last_recorded_one() {
    check(
        "clock
         clock",
        "clock
         clock
         clock
         clock",
        "clock = 1000
         clock = 1010
         clock = 2010
         clock = 3010
         identical, 0 of 0 answered",
    );
}

#[test]
fn a_clock_that_was_never_read_goes_on_from_the_start() {
    check("return 200", "clock", "clock = 501000\nidentical, 0 of 0 answered");
}

#[test]
fn clocks_and_inputs_may_be_read_in_another_order() {
    check(
        "clock
         config region -> eu
         config tier -> gold
         kv.get a
         clock",
        "config tier
         kv.get a
         clock
         clock
         config region",
        "config tier = gold
         clock = 1000
         clock = 1010
         config region = eu
         identical, 1 of 1 answered",
    );
}

#[test]
fn an_input_read_more_often_keeps_its_last_value() {
    check(
        "config flag -> off
         config flag -> on",
        "config flag
         config flag
         config flag",
        "config flag = off
         config flag = on
         config flag = on
         identical, 0 of 0 answered",
    );
}

#[test]
fn an_input_that_was_never_recorded_is_absent_and_a_divergence() {
    check(
        "config region -> eu",
        "config region
         config zone",
        "config region = eu
         config zone = none
         unrecorded config.get:zone
         diverged, 0 of 0 answered",
    );
}

#[test]
fn random_bytes_in_other_pieces_are_the_same_bytes() {
    let recording = Recording::read(record("return 200")).expect("a journal");
    let mut session = session_of(record("return 200"));
    let (mut whole, mut pieces) = ([0; 100], [0; 100]);
    Streams::new(recording.begin.seed).fill("random", &mut whole);
    for chunk in pieces.chunks_mut(7) {
        session.random("random", chunk);
    }
    assert_eq!(whole, pieces);
}

#[test]
fn a_monotonic_clock_that_was_never_read_starts_at_zero() {
    let mut session = session_of(record("return 200"));
    assert_eq!(session.clock("clock.monotonic", || 77), Ok(1_000));
    assert_eq!(session.clock("clock.monotonic", || 77), Ok(2_000));
    assert_eq!(session.clock("wasi.wall", || 77), Ok(501_000));
}

#[test]
fn a_recorded_input_of_another_type_stops_the_replay() {
    let mut session = session_of(record("config n -> text"));
    assert!(session.input("config.get:n", || 1u64).is_err());
    assert!(session.stopped().is_some());
    assert!(run(&mut session, "clock")[0].starts_with("stopped: the recorded result of config.get:n"));
}
