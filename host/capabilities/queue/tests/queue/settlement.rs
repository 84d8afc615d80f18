//! How long a failed job waits, and when it is given up.

use flux_cap_queue::*;

#[test]
fn the_backoff_doubles_to_a_cap_and_jitters_by_half() {
    let bounds = |attempt| (backoff_ms(attempt, 0), backoff_ms(attempt, full(attempt)));
    assert_eq!(bounds(1), (500, 1500));
    assert_eq!(bounds(2), (1000, 3000));
    assert_eq!(bounds(9), (128_000, 384_000));
    assert_eq!(bounds(10), (MAX_BACKOFF_MS / 2, MAX_BACKOFF_MS / 2 * 3));
    assert_eq!(bounds(u32::MAX), bounds(10));
    assert_eq!(backoff_ms(1, 700), 1200);
}

/// The number that draws the longest wait.
fn full(attempt: u32) -> u64 {
    (0..).map(|doublings| 1000 << doublings).nth(attempt.min(10) as usize - 1).unwrap().min(MAX_BACKOFF_MS)
}

#[test]
fn the_last_attempt_that_fails_is_dead() {
    let failed = |attempt| Settlement::failed(attempt, 2, "no".to_owned(), 10_000, 0);
    assert_eq!(failed(1), Settlement::Retry { at_ms: 10_500, reason: "no".to_owned() });
    assert_eq!(failed(2), Settlement::Dead { reason: "no".to_owned() });
}
