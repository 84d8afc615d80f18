//! When a `[cron]` schedule is due. Times are milliseconds since the Unix epoch.

use std::str::FromStr;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A pattern, read in a time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The pattern does not parse.
    #[error("'{0}' is no schedule: '0 3 * * *' is, for every day at three ({1})")]
    Pattern(String, String),
    /// No day fits the pattern.
    #[error("'{0}' is never due")]
    Never(String),
    /// There is no such time zone.
    #[error("'{0}' is no time zone: 'Europe/Berlin' and 'UTC' are")]
    Zone(String),
}

impl Schedule {
    /// A pattern, in UTC unless a time zone is named.
    pub fn new(pattern: &str, zone: Option<&str>) -> Result<Self, ScheduleError> {
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| ScheduleError::Zone(name.to_owned()))?,
        };
        let cron = Cron::from_str(pattern)
            .map_err(|why| ScheduleError::Pattern(pattern.to_owned(), why.to_string()))?;
        let schedule = Self { cron, zone };
        match schedule.next(0) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never(pattern.to_owned())),
        }
    }

    /// The first time that is due after this one.
    pub fn next(&self, after_ms: u64) -> Option<u64> {
        milliseconds(&self.cron.find_next_occurrence(&self.zoned(after_ms)?, false).ok()?)
    }

    /// The latest time that was due after `after_ms` and up to `until_ms`.
    pub fn latest(&self, after_ms: u64, until_ms: u64) -> Option<u64> {
        let latest = self.cron.find_previous_occurrence(&self.zoned(until_ms)?, true).ok()?;
        milliseconds(&latest).filter(|latest| *latest > after_ms)
    }

    fn zoned(&self, ms: u64) -> Option<Zoned> {
        let timestamp = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
        Some(timestamp.to_zoned(self.zone.clone()))
    }
}

fn milliseconds(time: &Zoned) -> Option<u64> {
    u64::try_from(time.timestamp().as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> u64 {
        milliseconds(&text.parse::<Timestamp>().expect("a time").to_zoned(TimeZone::UTC)).expect("after 1970")
    }

    fn next(pattern: &str, zone: Option<&str>, after: &str) -> String {
        let schedule = Schedule::new(pattern, zone).expect("a schedule");
        let next = schedule.next(at(after)).expect("it is due again");
        Timestamp::from_millisecond(next.cast_signed()).expect("a time").to_string()
    }

    #[test]
    fn a_time_zone_says_when_its_day_begins() {
        assert_eq!(next("0 3 * * *", None, "2026-06-01T00:00:00Z"), "2026-06-01T03:00:00Z");
        assert_eq!(next("0 3 * * *", Some("Europe/Berlin"), "2026-06-01T00:00:00Z"), "2026-06-01T01:00:00Z");
        assert_eq!(next("0 3 * * *", Some("Europe/Berlin"), "2026-12-01T00:00:00Z"), "2026-12-01T02:00:00Z");
    }

    #[test]
    fn an_hour_that_the_clocks_leave_out_is_due_after_it_and_one_that_comes_twice_is_due_once() {
        let berlin = Some("Europe/Berlin");
        // On 2026-03-29 there is no 02:30; on 2026-10-25 there are two.
        assert_eq!(next("30 2 * * *", berlin, "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(next("30 2 * * *", berlin, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next("30 2 * * *", berlin, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn a_sixth_field_is_seconds_and_a_time_is_not_due_twice() {
        assert_eq!(next("*/10 * * * * *", None, "2026-06-01T00:00:00Z"), "2026-06-01T00:00:10Z");
        assert_eq!(next("*/10 * * * * *", None, "2026-06-01T00:00:10Z"), "2026-06-01T00:00:20Z");
    }

    #[test]
    fn of_several_missed_times_the_latest_counts() {
        let schedule = Schedule::new("0 * * * *", None).expect("a schedule");
        let (seen, now) = (at("2026-06-01T00:00:00Z"), at("2026-06-01T05:30:00Z"));
        assert_eq!(schedule.latest(seen, now), Some(at("2026-06-01T05:00:00Z")));
        assert_eq!(schedule.latest(at("2026-06-01T05:00:00Z"), now), None);
        assert_eq!(schedule.latest(seen, at("2026-06-01T05:00:00Z")), Some(at("2026-06-01T05:00:00Z")));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |pattern, zone| Schedule::new(pattern, zone).expect_err("it is wrong").to_string();
        assert!(wrong("every day", None).starts_with("'every day' is no schedule"));
        assert_eq!(wrong("0 0 30 2 *", None), "'0 0 30 2 *' is never due");
        assert_eq!(
            wrong("* * * * *", Some("Berlin")),
            "'Berlin' is no time zone: 'Europe/Berlin' and 'UTC' are"
        );
    }
}
