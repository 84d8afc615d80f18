//! How much is under way: what a shutdown waits for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A request, from its head to its response.
    Request,
    /// A job or the run of a schedule, until it is settled.
    Job,
}

/// Requests and jobs that have begun and not ended. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Underway(Arc<[AtomicUsize; 2]>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Entered {
    underway: Underway,
    kind: Kind,
}

/// How many there were when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Requests without a response.
    pub requests: usize,
    /// Jobs and runs of schedules that are not settled.
    pub jobs: usize,
}

impl Underway {
    pub(crate) fn enter(&self, kind: Kind) -> Entered {
        self.of(kind).fetch_add(1, Ordering::Relaxed);
        Entered { underway: self.clone(), kind }
    }

    /// How many there are now.
    pub fn counts(&self) -> Counts {
        let count = |kind| self.of(kind).load(Ordering::Relaxed);
        Counts { requests: count(Kind::Request), jobs: count(Kind::Job) }
    }

    fn of(&self, kind: Kind) -> &AtomicUsize {
        &self.0[kind as usize]
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.underway.of(self.kind).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    /// Whether there is nothing to wait for.
    pub fn is_empty(self) -> bool {
        self.requests + self.jobs == 0
    }
}

/// `1 request and 2 jobs`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        match (self.requests, self.jobs) {
            (requests, 0) => f.write_str(&said(requests, "request")),
            (0, jobs) => f.write_str(&said(jobs, "job")),
            (requests, jobs) => write!(f, "{} and {}", said(requests, "request"), said(jobs, "job")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_not_counted() {
        let underway = Underway::default();
        let request = underway.enter(Kind::Request);
        let jobs = [underway.enter(Kind::Job), underway.enter(Kind::Job)];
        assert_eq!(underway.clone().counts().to_string(), "1 request and 2 jobs");
        drop(request);
        assert_eq!(underway.counts().to_string(), "2 jobs");
        drop(jobs);
        assert!(underway.counts().is_empty());
    }
}
