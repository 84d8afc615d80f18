//! Appends that are large, and a spool at its bound.

use super::*;
use crate::spool::layout::{HEADER, MOVED};

#[test]
fn a_large_append_has_a_segment_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (spool, _) = Spool::open(dir.path(), options()).unwrap();
    let large = pieces(id(1), 1, 5 * SMALL, ok());
    write(&spool, id(1), &large).unwrap();
    assert_eq!(drain(&spool)[&id(1)], large.concat());
}

#[test]
fn at_the_bound_it_refuses_until_something_was_shipped() {
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolOptions { max_bytes: 4 * SMALL as u64, ..options() };
    let (spool, _) = Spool::open(dir.path(), bounded).unwrap();
    let mut written = 0;
    let refused = loop {
        match write(&spool, id(written), &pieces(id(written), 2, 100, ok())) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(refused.0.contains("`spool-max`"), "{refused}");
    assert!(spool.stats().bytes <= 4 * SMALL as u64);
    assert_eq!((spool.stats().waiting, spool.stats().refused), (u64::try_from(written).unwrap(), 1));
    assert!(spool.stats().full);
    assert_eq!(drain(&spool).len() as u128, written);
    write(&spool, id(written), &pieces(id(written), 2, 100, ok())).unwrap();
    drain(&spool);
}

#[test]
fn at_the_bound_it_drops_successes_and_keeps_failures() {
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolOptions { max_bytes: 6 * SMALL as u64, full: Full::DropOldest, ..options() };
    let (spool, _) = Spool::open(dir.path(), bounded).unwrap();
    let journal =
        |number: u128| pieces(id(number), 2, 100, if number.is_multiple_of(50) { trap() } else { ok() });
    for number in 0..2000 {
        write(&spool, id(number), &journal(number)).unwrap();
    }
    let stats = spool.stats();
    assert!(stats.dropped > 1000 && stats.refused == 0, "{stats:?}");
    assert!(stats.bytes <= 7 * SMALL as u64, "{stats:?}");
    assert_eq!(stats.waiting + stats.dropped, 2000);

    let copy = crash(dir.path());
    let (after, _) = Spool::open(copy.path(), options()).unwrap();
    let (after, found) = (drain(&after), drain(&spool));
    assert!(after == found, "what was moved is recovered, and what was dropped is not");
    assert!((0..2000).step_by(50).all(|number| found[&id(number)] == journal(number).concat()));
}

#[test]
fn a_move_that_a_crash_cut_leaves_one_of_both() {
    let run = |index, state, used| layout::Found {
        at: 256,
        header: layout::RunHeader { length: 1024, id: id(1), index },
        used,
        state,
    };
    let chosen = |runs: Vec<layout::Found>| {
        let (order, _) = recover::in_order(runs.into_iter().map(|run| ((), run)).collect());
        order.iter().map(|(_, run)| run.header.index).collect::<Vec<_>>()
    };
    let (full, moved) = (1024 - HEADER, MOVED);
    assert_eq!(
        chosen(vec![run(1, 0, 3), run(0, 1, full), run(moved, 0, 50)]),
        [0, 1],
        "the copy is not whole"
    );
    assert_eq!(chosen(vec![run(1, 0, 3), run(0, 1, full), run(moved, 1, 50)]), [moved]);
    assert_eq!(chosen(vec![run(moved, 1, full), run(moved, 1, full)]), [moved], "one copy is enough");
    assert_eq!(chosen(vec![run(0, 1, 7), run(1, 1, full)]), [0], "a run that is not full is the last");
    assert_eq!(chosen(vec![run(1, 1, 7)]), [0u32; 0], "no beginning, no execution");
}
