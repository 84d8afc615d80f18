//! Lengths of time as people read and write them.

use std::time::Duration;

use flux_host::count;

/// Reads an option such as `90s`.
pub fn length(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|why| format!("{why}; hint: write a number with its unit, such as 90s, 12h or 30days"))
}

/// Three digits and a unit.
pub fn span(ns: u64) -> String {
    let (value, unit) = match ns {
        0..1_000 => return format!("{ns} ns"),
        1_000..1_000_000 => (ns as f64 / 1e3, "us"),
        1_000_000..1_000_000_000 => (ns as f64 / 1e6, "ms"),
        _ => (ns as f64 / 1e9, "s"),
    };
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

/// How old something is, in its largest unit.
pub fn age(ns: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = ns / 1_000_000_000;
    let unit = UNITS.iter().find(|(unit, _)| seconds >= *unit);
    let old = |(unit, name): &(u64, &str)| format!("{} old", count(seconds / unit, name));
    unit.map_or_else(|| "new".to_owned(), old)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let seconds = [0, 1, 119, 7_200, 86_400].map(|seconds| super::age(seconds * 1_000_000_000));
        assert_eq!(seconds, ["new", "1 second old", "1 minute old", "2 hours old", "1 day old"]);
    }

    #[test]
    fn spans_have_three_digits() {
        let spans = [999, 1_234, 56_789, 2_000_000, 61_000_000_000].map(super::span);
        assert_eq!(spans, ["999 ns", "1.23 us", "56.8 us", "2.00 ms", "61.0 s"]);
    }
}
