//! What a schedule means, by examples.

use super::*;

fn at(text: &str) -> u64 {
    milliseconds(text.parse().expect("a time")).expect("after 1970")
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
    assert!(wrong("0 0 30 2 *", None).starts_with("'0 0 30 2 *' is never due; hint: "));
    assert_eq!(
        wrong("* * * * *", Some("Berlin")),
        "'Berlin' is no time zone; hint: did you mean 'Europe/Berlin'?"
    );
}

fn due_on(pattern: &str, day: &str, zone: &str) -> Vec<String> {
    let schedule = Schedule::new(pattern, Some(zone)).expect("a schedule");
    let (mut at, end) = (at(&format!("{day}T00:00:00Z")) - 1, at(&format!("{day}T23:59:59Z")));
    let mut due = Vec::new();
    while let Some(next) = schedule.next(at).filter(|next| *next <= end) {
        assert_eq!(schedule.latest(at, next), Some(next));
        due.push(timestamp(next).expect("a time").to_string()[11..16].to_owned());
        at = next;
    }
    due
}

#[test]
fn lists_ranges_and_steps_follow_the_clocks_as_single_times_do() {
    // Spring: 01:00 UTC is the end of the gap. Autumn: 00:00 UTC is the first 02:00 o'clock.
    let (spring, autumn) = ("2026-03-29", "2026-10-25");
    let berlin = |pattern, day| due_on(pattern, day, "Europe/Berlin");
    assert_eq!(berlin("0 2,14 * * *", autumn), ["00:00", "13:00"]);
    assert_eq!(berlin("15,45 2 * * *", spring), ["01:00"]);
    assert_eq!(berlin("15,45 2 * * *", autumn), ["00:15", "00:45"]);
    assert_eq!(berlin("*/20 2 * * *", spring), ["01:00"]);
    assert_eq!(berlin("*/20 2 * * *", autumn), ["00:00", "00:20", "00:40"]);
    // The last is the next morning's in Berlin.
    assert_eq!(berlin("30 1-3 * * *", spring), ["00:30", "01:00", "01:30", "23:30"]);
    assert_eq!(berlin("30 1-3 * * *", autumn), ["00:30", "02:30"]);
    // 01:00 UTC is the second two o'clock, which was due before.
    assert_eq!(berlin("0 * * * *", autumn)[..3], ["00:00", "02:00", "03:00"]);
}

#[test]
fn a_day_that_a_zone_leaves_out_is_due_at_its_end() {
    // Samoa had no 30 December 2011; the 31st began at 10:00 UTC on the 30th.
    assert_eq!(next("0 3 30 12 *", Some("Pacific/Apia"), "2011-12-29T00:00:00Z"), "2011-12-30T10:00:00Z");
}

#[test]
fn what_a_field_cannot_mean_is_refused_with_a_hint() {
    let wrong = |pattern| Schedule::new(pattern, None).expect_err(pattern).to_string();
    for pattern in [
        "*/90 * * * *",
        "*/61 * * * * *",
        "0 */25 * * *",
        "0 0 */32 * *",
        "0 0 * */13 *",
        "0 0 * * */8",
        "0-10/12 * * * *",
        "*/0 * * * *",
        "0-10/0 * * * *",
        "*/x * * * *",
        "10/5 * * * *",
        "50-10 * * * *",
        "0 22-6 * * *",
        "0 0 * * FRI-MON",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 * 13 *",
        "0 0 * 0 *",
        "0 0 * * 8",
        "0-60 * * * *",
        "0 0 * FOO *",
        "-1 * * * *",
        "+1 * * * *",
        "1,,2 * * * *",
        "* * * *",
        "0 0 1 1 * 2020 2021",
    ] {
        let said = wrong(pattern);
        assert!(said.contains("; hint: ") && said.contains(pattern), "{said}");
    }
    assert!(wrong("*/90 * * * *").contains("hint: write a step from 1 to 60"), "{}", wrong("*/90 * * * *"));
}

#[test]
fn what_a_field_can_mean_is_taken() {
    for pattern in [
        "*/60 * * * *",
        "*/40 * * * *",
        "10-59/5 * * * *",
        "0 */24 * * *",
        "0 0 * jan-mar,DEC MON-FRI",
        "0 0 * * FRI-SUN",
        "0 0 * * 5-7",
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 LW * *",
        "0 0 * * 5#2",
        "0 0 * * 5L",
        "0 0 ? * *",
        "0 0 13 * +FRI",
        "@daily",
        "  0 3 * * *  ",
    ] {
        Schedule::new(pattern, None).unwrap_or_else(|error| panic!("{error}"));
    }
}
