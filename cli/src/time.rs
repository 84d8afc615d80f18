//! Lengths of time as people read them.

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

#[cfg(test)]
mod tests {
    #[test]
    fn spans_have_three_digits() {
        let spans = [999, 1_234, 56_789, 2_000_000, 61_000_000_000].map(super::span);
        assert_eq!(spans, ["999 ns", "1.23 us", "56.8 us", "2.00 ms", "61.0 s"]);
    }
}
