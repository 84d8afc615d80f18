//! When a `[cron]` schedule is due. Times are milliseconds since the Unix epoch.
//!
//! croner reads the pattern and says which times of the calendar fit it; it is asked in UTC, where no clock is
//! ever put forward or back. Which instant such a time is in the schedule's zone is decided here, by one rule
//! for all patterns (docs/cron.md): a time that the clocks leave out is the end of the gap, and a time that
//! comes twice is its first. croner's own rule for zones holds for patterns of single numbers only.

mod pattern;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod zones;

use croner::Cron;
use croner::parser::{CronParser, Year};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};

use flux_host::section::nearest;

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
    #[error("'{0}' is no schedule: {1}")]
    Pattern(String, String),
    /// No day fits the pattern.
    #[error("'{0}' is never due; hint: no year has such a day, so change the day or the month")]
    Never(String),
    /// There is no such time zone.
    #[error("'{name}' is no time zone; hint: {}", like(nearest.as_deref()))]
    Zone {
        /// What was named.
        name: String,
        /// The zone whose name is most like it.
        nearest: Option<String>,
    },
}

impl Schedule {
    /// A pattern, in UTC unless a time zone is named.
    pub fn new(pattern: &str, zone: Option<&str>) -> Result<Self, ScheduleError> {
        let zone = zone.map_or(Ok(TimeZone::UTC), self::zone)?;
        let wrong = |why| ScheduleError::Pattern(pattern.to_owned(), why);
        pattern::check(pattern).map_err(wrong)?;
        let parser = CronParser::builder().year(Year::Disallowed).build();
        let cron = parser
            .parse(pattern)
            .map_err(|why| wrong(format!("{why}; hint: '0 3 * * *' is, for every day at three")))?;
        let schedule = Self { cron, zone };
        match schedule.next(0) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never(pattern.to_owned())),
        }
    }

    /// The first time that is due after this one.
    pub fn next(&self, after_ms: u64) -> Option<u64> {
        let after = timestamp(after_ms)?;
        let mut civil = self.zone.to_datetime(after);
        // Times that come a second time were due before, so it may take more than one step.
        loop {
            civil = self.fitting_after(civil)?;
            let due = self.first(civil)?;
            if due > after {
                return milliseconds(due);
            }
        }
    }

    /// The latest time that was due after `after_ms` and up to `until_ms`.
    pub fn latest(&self, after_ms: u64, until_ms: u64) -> Option<u64> {
        let civil = self.fitting_until(self.shown_until(timestamp(until_ms)?)?)?;
        milliseconds(self.first(civil)?).filter(|latest| *latest > after_ms)
    }

    /// The calendar's next time that fits the pattern.
    fn fitting_after(&self, civil: DateTime) -> Option<DateTime> {
        Some(self.cron.find_next_occurrence(&in_utc(civil)?, false).ok()?.datetime())
    }

    /// The calendar's latest time that fits the pattern, up to this one.
    fn fitting_until(&self, civil: DateTime) -> Option<DateTime> {
        Some(self.cron.find_previous_occurrence(&in_utc(civil)?, true).ok()?.datetime())
    }

    /// When a clock of the zone first shows this time, or a later one if it never does.
    fn first(&self, civil: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok(),
            AmbiguousOffset::Gap { before, after } => {
                let in_front = after.to_timestamp(civil).ok()?;
                let end = self.zone.following(in_front).next().map(|transition| transition.timestamp());
                end.or_else(|| before.to_timestamp(civil).ok())
            }
        }
    }

    /// The latest time that a clock of the zone has shown until then. After the clocks went back, that is
    /// what it showed before.
    fn shown_until(&self, until: Timestamp) -> Option<DateTime> {
        let shown = self.zone.to_datetime(until);
        let beyond = Timestamp::from_nanosecond(until.as_nanosecond() + 1).ok()?;
        let Some(transition) = self.zone.preceding(beyond).next() else { return Some(shown) };
        let before = Timestamp::from_nanosecond(transition.timestamp().as_nanosecond() - 1).ok()?;
        Some(shown.max(self.zone.to_datetime(before)))
    }
}

/// A time zone by its IANA name.
pub fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(name).map_err(|_| {
        let known: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let city =
            |zone: &&String| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
        let nearest = || nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        let nearest = known.iter().find(city).cloned().or_else(nearest);
        ScheduleError::Zone { name: name.to_owned(), nearest }
    })
}

fn like(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => "write an IANA name such as 'Europe/Berlin' or 'UTC'".to_owned(),
    }
}

fn in_utc(civil: DateTime) -> Option<Zoned> {
    // The patterns know whole seconds.
    let whole = civil.with().subsec_nanosecond(0).build().ok()?;
    whole.to_zoned(TimeZone::UTC).ok()
}

fn timestamp(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}

fn milliseconds(time: Timestamp) -> Option<u64> {
    u64::try_from(time.as_millisecond()).ok()
}
