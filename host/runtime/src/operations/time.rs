//! Times as people read them.

use std::time::{Duration, UNIX_EPOCH};

use flux_cap_queue::NEVER_MS;

/// The calendar of the Gregorian years repeats after four centuries.
const CENTURIES: Duration = Duration::from_secs(146_097 * 24 * 60 * 60);

/// RFC 3339 with milliseconds, UTC.
pub fn at(ns: u64) -> String {
    date(Duration::from_nanos(ns))
}

/// The same of milliseconds, which go further: a year beyond 9999 has a sign, as ISO 8601 wants it, and what is
/// too late for every clock is never.
pub fn at_ms(ms: u64) -> String {
    if ms >= NEVER_MS { "never".to_owned() } else { date(Duration::from_millis(ms)) }
}

fn date(since_epoch: Duration) -> String {
    let centuries = since_epoch.as_secs() / CENTURIES.as_secs();
    let rest = since_epoch - Duration::from_secs(centuries * CENTURIES.as_secs());
    let text = humantime::format_rfc3339_millis(UNIX_EPOCH + rest).to_string();
    match text.split_once('-') {
        Some((year, day)) if centuries > 0 => {
            let year = year.parse::<u64>().unwrap_or_default() + 400 * centuries;
            if year > 9999 { format!("+{year:06}-{day}") } else { format!("{year}-{day}") }
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_date_is_true_in_every_year() {
        let dates = [0, 1_795_230_000_000, 18_446_744_073_709, 18_446_744_073_710, 63_776_592_000_000];
        let dates = dates.map(super::at_ms);
        let first = ["1970-01-01T00:00:00.000Z", "2026-11-21T03:00:00.000Z", "2554-07-21T23:34:33.709Z"];
        assert_eq!(dates[..3], first);
        assert_eq!(dates[3..], ["2554-07-21T23:34:33.710Z", "3991-01-01T00:00:00.000Z"]);
        assert_eq!(super::at_ms(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
        assert_eq!(super::at_ms(253_402_300_800_000), "+010000-01-01T00:00:00.000Z");
        // 29 February of a leap year, 400 years after 2000.
        assert_eq!(super::at_ms(13_574_563_200_000), "2400-02-29T00:00:00.000Z");
        let never = [super::NEVER_MS, i64::MAX.cast_unsigned(), u64::MAX].map(super::at_ms);
        assert_eq!(never, ["never", "never", "never"]);
        assert_eq!(super::at(u64::MAX), "2554-07-21T23:34:33.709Z");
    }
}
