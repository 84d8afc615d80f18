//! Runs of a schedule that nobody enqueued at their time.

use std::collections::VecDeque;

use flux_cap_queue::Schedule;

/// No more runs are counted: a schedule of every second has thirty million in a year.
const COUNTED: usize = 10_000;
/// How many of the latest are named one by one.
const NAMED: usize = 100;

/// A time in which no run was enqueued. Both ends are in milliseconds since the Unix epoch, and are not in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) after_ms: u64,
    pub(crate) until_ms: u64,
}

/// What was due in a gap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    /// The latest runs, oldest first.
    pub(crate) latest: VecDeque<u64>,
    count: usize,
    from: String,
    to: String,
}

impl Gap {
    /// What was due meanwhile; none if nothing was.
    pub(crate) fn missed(&self, schedule: &Schedule) -> Option<Missed> {
        let mut due = schedule.between(self.after_ms, self.until_ms).take(COUNTED).peekable();
        let from = schedule.shown(*due.peek()?);
        let (mut latest, mut count) = (VecDeque::new(), 0);
        for due_ms in due {
            count += 1;
            latest.push_back(due_ms);
            if latest.len() > NAMED {
                latest.pop_front();
            }
        }
        let to = schedule.shown(*latest.back()?);
        Some(Missed { latest, count, from, to })
    }
}

impl std::fmt::Display for Missed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { count, from, to, .. } = self;
        match *count {
            1 => write!(f, "the run of {from} was missed"),
            COUNTED => write!(f, "{count} runs or more, the first that of {from}, were missed"),
            _ => write!(f, "{count} runs, from {from} to {to}, were missed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn missed(pattern: &str, after_ms: u64, until_ms: u64) -> Option<Missed> {
        Gap { after_ms, until_ms }.missed(&Schedule::new(pattern, None).unwrap())
    }

    #[test]
    fn a_gap_has_neither_of_its_ends() {
        assert_eq!(missed("* * * * *", MINUTE, 2 * MINUTE), None);
        let one = missed("* * * * *", MINUTE, 3 * MINUTE).unwrap();
        assert_eq!(one.latest, [2 * MINUTE]);
        assert_eq!(one.to_string(), "the run of 1970-01-01 00:02:00 UTC was missed");
        let more = missed("* * * * *", 0, 3 * MINUTE).unwrap();
        let text = "2 runs, from 1970-01-01 00:01:00 UTC to 1970-01-01 00:02:00 UTC, were missed";
        assert_eq!(more.to_string(), text);
    }

    #[test]
    fn a_long_gap_names_the_latest_and_ends_its_count() {
        let some = missed("* * * * *", 0, 1000 * MINUTE).unwrap();
        assert_eq!((some.count, some.latest.len()), (999, NAMED));
        assert_eq!(some.latest.back(), Some(&(999 * MINUTE)));
        let many = missed("* * * * * *", 0, u64::from(u32::MAX)).unwrap();
        assert!(many.to_string().starts_with("10000 runs or more"), "{many}");
    }
}
