//! Points in time.

use std::fmt;
use std::time::Duration;

/// A point in time, UTC. As text it is RFC 3339 with milliseconds, such as
/// `2026-11-21T06:18:00.123Z`: the form that every Flux SDK writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// Whole seconds since the Unix epoch.
    pub seconds: u64,
    /// What lies between two seconds, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl DateTime {
    /// The time since the Unix epoch.
    pub fn since_epoch(self) -> Duration {
        Duration::new(self.seconds, self.nanoseconds)
    }

    /// RFC 3339 in UTC, with milliseconds; what is below them is cut off.
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }

    /// Milliseconds since the Unix epoch.
    pub fn unix_millis(self) -> u64 {
        let fraction = u64::from(self.nanoseconds / 1_000_000);
        self.seconds.saturating_mul(1000).saturating_add(fraction)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.seconds / 86_400);
        let second = self.seconds % 86_400;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
            self.nanoseconds / 1_000_000,
        )
    }
}

/// The Gregorian date of a day since the epoch. Years are counted from March, so that the leap day
/// is the last of its year and every month's start is a linear function of its number.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + DAYS_FROM_MARCH_OF_YEAR_0;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, turn) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + turn, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::DateTime;

    fn text(seconds: u64, nanoseconds: u32) -> String {
        DateTime { seconds, nanoseconds }.to_rfc3339()
    }

    #[test]
    fn dates_are_written_as_rfc_3339() {
        assert_eq!(text(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_399, 999_999_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(text(951_782_400, 1_000_000), "2000-02-29T00:00:00.001Z");
        assert_eq!(text(1_795_241_880, 120_000_000), "2026-11-21T06:18:00.120Z");
        assert_eq!(text(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn milliseconds_are_cut_off_not_rounded() {
        let time = DateTime { seconds: 1, nanoseconds: 999_999_999 };
        assert_eq!(time.unix_millis(), 1999);
    }
}
